"""When nearly everything fails, for everybody, going on only fills the dead letters."""

from collections import deque
from typing import Final, Literal

PROBES: Final = 5
"""Deliveries by which a probe is judged: the better half of them decides."""


class FailureShare:
    """The last deliveries of one subscription, and whether too many of them failed.

    Args:
        window: how many recent deliveries are looked at.
        at_least: fewer say nothing.
        ratio: failed share in [0, 1] from which it is too many.
    """

    def __init__(self, *, window: int = 50, at_least: int = 20, ratio: float = 0.5) -> None:
        self._recent: deque[tuple[str, bool]] = deque(maxlen=window)
        self._at_least = at_least
        self._ratio = ratio

    def add(self, tenant: str, *, failed: bool) -> None:
        self._recent.append((tenant, failed))

    @property
    def is_too_large(self) -> bool:
        """One tenant's bad data never is: at least two tenants must be among the failed."""
        failed = [tenant for tenant, was_failed in self._recent if was_failed]
        return (
            len(self._recent) >= self._at_least
            and len(failed) >= self._ratio * len(self._recent)
            and len(set(failed)) > 1
        )


Step = Literal["stop", "probe", "resume"]


class CircuitBreaker:
    """Whether a fact is read: stopped when too much of it fails, tried again one at a time.

    closed -> open, when the share of failures is too large; -> probing, after a wait; -> closed
    again, or open for twice as long, by most of the next `PROBES` deliveries. Pure: it decides, the
    consumer acts.

    Args:
        probe_after_s: the first wait; it doubles.
        probe_at_most_s: the longest.
    """

    def __init__(self, *, probe_after_s: float, probe_at_most_s: float) -> None:
        self.state: Literal["closed", "open", "probing"] = "closed"
        self._first_s = self._wait_s = probe_after_s
        self._longest_s = probe_at_most_s
        self._probe_at_s = 0.0
        self._share = FailureShare()
        self._probes = {True: 0, False: 0}

    def add(self, tenant: str, *, failed: bool) -> None:
        """How a delivery ended; of what was begun before a stop it no longer matters."""
        if self.state == "closed":
            self._share.add(tenant, failed=failed)
        elif self.state == "probing":
            self._probes[failed] += 1

    def step(self, now_s: float) -> Step | None:
        """What is to be done now, on a monotonic clock; None: nothing."""
        match self.state:
            case "closed" if self._share.is_too_large:
                return self._open(now_s)
            case "open" if now_s >= self._probe_at_s:
                self.state, self._probes = "probing", {True: 0, False: 0}
                return "probe"
            case "probing" if self._probes[True] > PROBES // 2:
                self._wait_s = min(self._wait_s * 2, self._longest_s)
                return self._open(now_s)
            case "probing" if self._probes[False] > PROBES // 2:
                self.state, self._share = "closed", FailureShare()
                self._wait_s = self._first_s
                return "resume"
            case _:
                return None

    def postpone(self, now_s: float) -> None:
        """A probe could not be begun: wait once more."""
        self._open(now_s)

    def _open(self, now_s: float) -> Step:
        self.state, self._probe_at_s = "open", now_s + self._wait_s
        return "stop"
