"""Who may run next: a bound on concurrent work, and on a tenant's share while others wait."""

from collections import Counter, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Admission(Generic[T]):
    """Admission control: slots, and the queue before them. Pure: it decides, others act.

    Who was here before (an entry without an owner, a handler that gave its slot back) goes first.
    Among the others the order is that of arrival (or newest first). A tenant who holds its share
    lets others by; with nobody else waiting it may hold all slots.

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
        self._first: deque[tuple[str, T]] = deque()
        self._queue: deque[tuple[str, T]] = deque()
        self._running: Counter[str] = Counter()

    def offer(self, tenant: str, item: T, *, first: bool = False) -> None:
        """Join the queue; `first` for who was here before those who come now."""
        (self._first if first else self._queue).append((tenant, item))

    def take(self) -> T | None:
        """Whoever goes next, who now holds a slot until `release`; None: full, or nobody waits."""
        if self.running >= self.limit or not self.waiting:
            return None
        within_share = ((line, at) for line, at in self._places() if self._has_room(line[at][0]))
        line, at = next(within_share, None) or next(self._places())
        tenant, item = line[at]
        del line[at]
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
        self._first = deque(row for row in self._first if row[1] is not item)
        self._queue = deque(row for row in self._queue if row[1] is not item)
        self.grant(tenant)

    def drop_waiting(self) -> list[T]:
        """Empty the queue; returns who stood there."""
        dropped = [item for _, item in (*self._first, *self._queue)]
        self._first.clear()
        self._queue.clear()
        return dropped

    @property
    def queue(self) -> list[T]:
        """Who waits, in the order in which they may go."""
        return [line[at][1] for line, at in self._places()]

    @property
    def running(self) -> int:
        return self._running.total()

    @property
    def waiting(self) -> int:
        return len(self._first) + len(self._queue)

    @property
    def has_room(self) -> bool:
        """A slot is free and nobody waits for it, or few wait yet: time to read more."""
        if self._read_ahead:  # whoever is first stays so, and the newest must be known
            return len(self._queue) < self._read_ahead
        return not self.waiting and self.running < self.limit

    def _has_room(self, tenant: str) -> bool:
        return self._running[tenant] < self._share

    def _places(self) -> Iterator[tuple[deque[tuple[str, T]], int]]:
        """Who waits, in the order in which they may go."""
        yield from ((self._first, at) for at in range(len(self._first)))
        order = range(len(self._queue))
        yield from ((self._queue, at) for at in (order[::-1] if self._newest_first else order))
