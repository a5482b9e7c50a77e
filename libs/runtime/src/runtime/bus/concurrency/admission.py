"""Who may run next: a bound on concurrent work, and on a tenant's share while others wait."""

from collections import Counter, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Admission(Generic[T]):
    """Admission control: slots, and the queue before them. Pure: it decides, others act.

    Order is that of arrival (or newest first), save that a tenant who holds its share lets others
    by. With nobody else waiting a tenant may hold all slots.

    Args:
        limit: slots, at least 1.
        tenant_share: of the slots, in (0, 1]; at least one slot.
        newest_first: the last to come is the first to go.
        read_ahead: how many may wait while there is still room to read.
    """

    def __init__(
        self, limit: int, *, tenant_share: float, newest_first: bool = False, read_ahead: int = 0
    ) -> None:
        self._read_ahead = read_ahead
        self.limit = limit
        self._share = max(1, int(limit * tenant_share))
        self._newest_first = newest_first
        self._queue: deque[tuple[str, T]] = deque()
        self._running: Counter[str] = Counter()

    def offer(self, tenant: str, item: T, *, first: bool = False) -> None:
        """Join the queue; `first` for who had a slot before and gave it back."""
        if first and not self._newest_first:
            self._queue.appendleft((tenant, item))
        else:
            self._queue.append((tenant, item))

    def take(self) -> T | None:
        """Whoever goes next, who now holds a slot until `release`; None: full, or nobody waits."""
        if self.running >= self.limit or not self._queue:
            return None
        order = range(len(self._queue))
        choice = next((i for i in self._in_order(order) if self._has_room(self._queue[i][0])), None)
        if choice is None:
            choice = self._in_order(order)[0]
        tenant, item = self._queue[choice]
        del self._queue[choice]
        self._running[tenant] += 1
        return item

    def release(self, tenant: str) -> None:
        """A slot comes back."""
        self._running[tenant] -= 1
        if self._running[tenant] <= 0:
            del self._running[tenant]

    def grant(self, tenant: str) -> None:
        """A slot beyond the bound, for who must go on whatever the queue says."""
        self._running[tenant] += 1

    def withdraw(self, item: T, tenant: str) -> None:
        """Leave the queue with a slot: the one who waited ends now, and will release it."""
        self._queue = deque(row for row in self._queue if row[1] is not item)
        self.grant(tenant)

    def drop_waiting(self) -> list[T]:
        """Empty the queue; returns who stood there."""
        dropped = [item for _, item in self._queue]
        self._queue.clear()
        return dropped

    @property
    def running(self) -> int:
        return self._running.total()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @property
    def has_room(self) -> bool:
        """A slot is free and nobody waits for it, or few wait yet: time to read more."""
        if self._read_ahead:
            return len(self._queue) < self._read_ahead
        return not self._queue and self.running < self.limit

    def _has_room(self, tenant: str) -> bool:
        return self._running[tenant] < self._share

    def _in_order(self, order: range) -> range:
        return order[::-1] if self._newest_first else order
