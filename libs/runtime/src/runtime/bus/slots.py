"""Work in hand: who gets a slot, who waits without one, and whether to read more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.bus.entries import Held, Reading

Job = list["Held"]


class Resumed(list["Held"]):
    """A place in line of a handler that gave its slot back and wants one again."""

    def __init__(self, held: Held) -> None:
        super().__init__([held])
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Slots:
    """The admission of one reading, with the tasks that it lets run.

    Args:
        reading: whose admission decides.
        start: begins the work on a job that got a slot; returns its task.
    """

    def __init__(self, reading: Reading, start: Callable[[Job], asyncio.Task[None]]) -> None:
        self._reading = reading
        self._start = start
        self._room = asyncio.Event()
        self._room.set()

    def offer(self, job: Job) -> None:
        """Join the line."""
        self._reading.admission.offer(_tenant(job), job)

    def pump(self) -> None:
        """Hand out free slots."""
        admission = self._reading.admission
        while (job := admission.take()) is not None:
            if isinstance(job, Resumed):
                if job.ready.done():
                    admission.release(_tenant(job))
                else:
                    job.ready.set_result(None)
            else:
                task = self._start(job)
                for held in job:
                    held.task = task
        if admission.has_room or self._reading.stopped:
            self._room.set()
        else:
            self._room.clear()

    def release(self, job: Job) -> None:
        """The work on a job ended."""
        self._reading.admission.release(_tenant(job))
        self.pump()

    def leave(self, held: Held) -> None:
        """A handler waits for other work and gives its slot to that."""
        self.release([held])

    async def come_back(self, held: Held) -> None:
        """Ahead of those who never ran; the slot counts from here on."""
        back = Resumed(held)
        self._reading.admission.offer(held.tenant, back, first=True)
        self.pump()
        try:
            await back.ready
        except asyncio.CancelledError:
            # The worker releases a slot when it ends, so it must hold one.
            if not back.ready.done() or back.ready.cancelled():
                self._reading.admission.withdraw(back, held.tenant)
            raise

    async def room(self) -> None:
        """Until there is room to read more, or reading is over."""
        await self._room.wait()

    def resume(self, limit: int) -> None:
        """Work is begun again after a stop, at most so much at a time."""
        self._reading.stopped = False
        self._reading.admission.limit = limit
        self.pump()

    def stop(self) -> Sequence[Job]:
        """No more work is begun; returns the jobs that never ran."""
        self._reading.stopped = True
        self._room.set()
        waiting = self._reading.admission.drop_waiting()
        for job in waiting:
            if isinstance(job, Resumed) and not job.ready.done():
                self._reading.admission.grant(_tenant(job))
                job.ready.set_result(None)
        return [job for job in waiting if not isinstance(job, Resumed)]


def _tenant(job: Job) -> str:
    """A batch belongs to nobody."""
    return job[0].tenant if len(job) == 1 else ""
