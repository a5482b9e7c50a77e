"""How slowly an upload may come."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UploadPace:
    """A least rate, looked at over a window, and a time for all of it.

    Attributes:
        window_s: a body for which we waited so long must have brought its share meanwhile.
        least_bytes_per_s: that share.
        timeout_s: from the request's headers until the body's last byte.
    """

    window_s: float
    least_bytes_per_s: int
    timeout_s: float


class PacedUpload:
    """One upload. Only the time that we wait for its client counts, but for the whole of it.

    What came faster before buys no time later: a window ends as soon as its share has come.
    """

    def __init__(self, pace: UploadPace, begun_at_s: float) -> None:
        self._pace = pace
        self._ends_at_s = begun_at_s + pace.timeout_s
        self._waited_s = 0.0
        self._received_bytes = 0

    def deadline_s(self, now_s: float) -> float:
        """Until when the next piece must be there, by the clock that `now_s` is of."""
        return min(now_s + self._pace.window_s - self._waited_s, self._ends_at_s)

    def note(self, size_bytes: int, waited_s: float) -> None:
        """A piece came after so long."""
        self._received_bytes += size_bytes
        self._waited_s += waited_s
        if self._received_bytes >= self._pace.least_bytes_per_s * self._pace.window_s:
            self._received_bytes, self._waited_s = 0, 0.0
