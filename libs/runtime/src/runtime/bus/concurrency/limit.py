"""How many handlers of a subscription run at once: who has a slot, who waits for one."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from runtime.bus.claims.claim import Claim
from runtime.bus.concurrency.admission import Admission
from runtime.bus.reading.subscription import READ_AHEAD, Subscription

Job = list[Claim]


class Place(list[Claim]):
    """A place in the queue for a task that runs already and wants a slot; for a claim, or none."""

    def __init__(self, *claims: Claim) -> None:
        super().__init__(claims)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class ConcurrencyLimit:
    """The slots of one subscription, and the tasks that it lets run.

    Args:
        subscription: whose jobs these are.
        start: begins the work on a job that got a slot; returns its task.
        tenant_share: of the slots that one tenant may hold while others wait.
    """

    def __init__(
        self,
        subscription: Subscription,
        start: Callable[[Job], asyncio.Task[None]],
        *,
        tenant_share: float,
    ) -> None:
        newest_first = subscription.reader.newest_first
        self._admission: Admission[Job] = Admission(
            subscription.limit,
            tenant_share=tenant_share,
            newest_first=newest_first,
            read_ahead=READ_AHEAD if newest_first else 0,
        )
        self._subscription = subscription
        self._start = start
        self._room = asyncio.Event()
        self._room.set()

    def offer(self, job: Job, *, first: bool = False) -> None:
        """Join the queue; `first`: ahead of what was read."""
        self._admission.offer(_tenant(job), job, first=first)

    def start_waiting(self) -> None:
        """Hand out free slots."""
        while (job := self._admission.take()) is not None:
            if isinstance(job, Place):
                if job.ready.done():
                    self._admission.release(_tenant(job))
                else:
                    job.ready.set_result(None)
            else:
                self._begin(job)
        if self._admission.has_room or self._subscription.stopped:
            self._room.set()
        else:
            self._room.clear()

    def start_overdue(self, is_overdue: Callable[[Claim], bool]) -> None:
        """Begin what only has to be ended, beyond the bound: it would wait for nothing."""
        for job in self._admission.queue:
            if not isinstance(job, Place) and all(is_overdue(claim) for claim in job):
                self._admission.withdraw(job, _tenant(job))
                self._begin(job)

    @property
    def waiting(self) -> int:
        """Jobs without a slot."""
        return self._admission.waiting

    def _begin(self, job: Job) -> None:
        task = self._start(job)
        for claim in job:
            claim.task = task

    def release(self, job: Job) -> None:
        """The work on a job ended."""
        self._admission.release(_tenant(job))
        self.start_waiting()

    def leave(self, claim: Claim) -> None:
        """A handler waits for other work and gives its slot to that."""
        self.release([claim])

    async def come_back(self, claim: Claim) -> None:
        """Ahead of those who never ran; the slot counts from here on."""
        await self._wait_for_slot(Place(claim))

    @asynccontextmanager
    async def next_slot(self) -> AsyncGenerator[int]:
        """Hold the next slot that comes free, ahead of all that was read.

        Gives how many entries may be begun at its end: in this slot, and in what else is free.
        """
        place = Place()
        try:
            await self._wait_for_slot(place)
            free = 1 + max(0, self._admission.limit - self._admission.running)
            yield free * self._subscription.entries_of_job
        finally:
            self.release(place)

    async def _wait_for_slot(self, place: Place) -> None:
        """The slot is held when this ends, even when it is cancelled: who waited releases it."""
        self.offer(place, first=True)
        self.start_waiting()
        try:
            await place.ready
        except asyncio.CancelledError:
            if not place.ready.done() or place.ready.cancelled():
                self._admission.withdraw(place, _tenant(place))
            raise

    async def wait_for_room(self) -> None:
        """Until there is room to read more, or reading is over."""
        await self._room.wait()

    def resume(self, limit: int) -> None:
        """Work is begun again after a stop, at most so much at a time."""
        self._subscription.stopped = False
        self._admission.limit = limit
        self.start_waiting()

    def stop(self) -> Sequence[Job]:
        """No more work is begun; returns the jobs that never ran."""
        self._subscription.stopped = True
        self._room.set()
        waiting = self._admission.drop_waiting()
        for job in waiting:
            if isinstance(job, Place) and not job.ready.done():
                self._admission.grant(_tenant(job))
                job.ready.set_result(None)
        return [job for job in waiting if not isinstance(job, Place)]


def _tenant(job: Job) -> str:
    """A batch belongs to nobody."""
    return job[0].tenant if len(job) == 1 else ""
