"""How many frames may be kept: a bucket of tokens that fills with time."""

from typing import Final

MIN_GAP_MS: Final = 1_000
SAVING_GAP_MS: Final = 10_000
"""Between two kept frames while money is saved: at most six a minute, without those asked for."""


class TokenBucket:
    """At most one kept frame a second, and `per_minute` in the long run, with a small reserve.

    Attributes:
        saves: money is saved, and there is one in `SAVING_GAP_MS` at most.
    """

    def __init__(self, per_minute: float = 22.0, reserve: float = 6.0) -> None:
        self._per_ms = per_minute / 60_000
        self._capacity = reserve
        self._tokens = reserve
        self._at_ms = 0
        self.kept_at_ms: int | None = None
        self.saves = False

    def allows(self, t_ms: int, *, leave: float = 0.0, gap_ms: int = MIN_GAP_MS) -> bool:
        """May a frame be kept now, if so many tokens must be left for what matters more?"""
        if self.saves:
            gap_ms = max(gap_ms, SAVING_GAP_MS)
        if self.kept_at_ms is not None and t_ms - self.kept_at_ms < gap_ms:
            return False
        return self._now(t_ms) >= 1 + leave

    def take(self, t_ms: int) -> None:
        """A frame was kept; a forced one may leave a debt of one token."""
        self._tokens = max(self._now(t_ms) - 1, -1.0)
        self._at_ms = t_ms
        self.kept_at_ms = t_ms

    def _now(self, t_ms: int) -> float:
        return min(self._capacity, self._tokens + (t_ms - self._at_ms) * self._per_ms)
