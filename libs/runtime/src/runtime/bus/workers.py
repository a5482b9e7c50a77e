"""The tasks that handle what was read: begun as slots come free, ended at the drain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from runtime.bus.batch_work import BatchWork
from runtime.bus.failures import without_text
from runtime.bus.slots import Job, Slots
from runtime.bus.work import Work

if TYPE_CHECKING:
    from runtime.bus.entries import Held, Reading
    from runtime.bus.holdings import Holdings

log = logging.getLogger(__name__)
RELEASE_TIMEOUT_S = 5.0
CANCEL_AGAIN_S = 1.0
CANCEL_TIMES = 10


class Workers:
    """Every worker of one process; they belong to `tasks`, and none of them ever fails it."""

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        readings: Sequence[Reading],
        *,
        work: Work,
        holdings: Holdings,
    ) -> None:
        self._tasks = tasks
        self._work = work
        self._batches = BatchWork(work)
        self._holdings = holdings
        self._running: set[asyncio.Task[None]] = set()
        self._slots = {reading.event_type: Slots(reading, self._start) for reading in readings}

    def take(self, held: Sequence[Held]) -> None:
        """Entries of one source: renewed from here on, handled when there are slots."""
        if not held or held[0].reading.stopped:  # then they stay pending, for others
            return
        self._holdings.add(held)
        reading = held[0].reading
        slots = self._slots[reading.event_type]
        for job in [list(held)] if reading.reader.batch else [[one] for one in held]:
            slots.offer(job)
        slots.pump()

    async def room(self, reading: Reading) -> None:
        """Until there is room to read more of a fact, or reading it is over."""
        await self._slots[reading.event_type].room()

    async def stop(self, reading: Reading) -> None:
        """Begin no more work on a fact; what waited for a slot is free for others at once."""
        for job in self._slots[reading.event_type].stop():
            await self._release(job)
            self._holdings.drop(job)

    def resume(self, reading: Reading, limit: int) -> None:
        """Begin work on a fact again, at most so much at a time."""
        self._slots[reading.event_type].resume(limit)

    async def finish(self, *, timeout_s: float) -> None:
        """Let handlers end, then cancel them: their entries are left pending and free."""
        if self._running:
            await asyncio.wait(self._running, timeout=timeout_s)
        await end(set(self._running))

    def _start(self, job: Job) -> asyncio.Task[None]:
        one = job[0]
        if one.reading.reader.batch:
            doing = self._batches.batch(job)
        else:
            doing = self._work.one(one, self._slots[one.reading.event_type])
        task = self._tasks.create_task(self._guarded(job, doing))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _guarded(self, job: Job, doing: Coroutine[Any, Any, None]) -> None:
        """Whatever happens, the slot comes back and no other task hears of it."""
        reading = job[0].reading
        try:
            await doing
        except asyncio.CancelledError:
            await self._left(job)
        except Exception as error:  # it stays pending and is delivered again
            log.error(  # noqa: TRY400 - the traceback is given without the error's text
                "delivery.broke", extra=reading.labels, exc_info=without_text(error)
            )
        finally:
            self._holdings.drop(job)
            self._slots[reading.event_type].release(job)

    async def _left(self, job: Job) -> None:
        """A cancelled job: lost, then there is nothing to do; or draining, then free for others."""
        await self._release(job)
        for held in job:
            self._work.note(held, "lost" if held.lost else "released")

    async def _release(self, job: Job) -> None:
        mine = [held for held in job if not held.lost]
        try:
            async with asyncio.timeout(RELEASE_TIMEOUT_S):
                if mine:
                    await self._work.commit.release(mine)
        except (asyncio.CancelledError, Exception) as error:  # noqa: BLE001 - others wait 8 s then
            log.warning("delivery.not_released", extra={"error": type(error).__name__})


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until they end: one cancellation may be swallowed (see `stop_if_cancelled`)."""
    for _ in range(CANCEL_TIMES):
        left = {task for task in tasks if not task.done()}
        if not left:
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
    log.error("consumer.tasks_would_not_end", extra={"count": len(tasks)})
