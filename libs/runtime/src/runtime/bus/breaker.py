"""When nearly everything fails, for everybody, going on only fills the dead letters."""

from __future__ import annotations

from collections import deque


class FailureShare:
    """The last deliveries of one reading, and whether too many of them failed.

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
