"""Many facts at once and one commit; a batch that fails is split until the culprit is alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.errors import LostError, UnavailableError
from runtime.bus.commit import Ended
from runtime.bus.failures import is_told_to_stop
from runtime.bus.reader import GivenUp
from runtime.telemetry import metrics

if TYPE_CHECKING:
    from contracts.fact import Fact
    from contracts.ids import EventId
    from runtime.bus.entries import Held
    from runtime.bus.reader import Caused
    from runtime.bus.work import Work
    from runtime.bus.writes import Write


class BatchWork:
    """What a worker does with the entries of one read of one source."""

    def __init__(self, work: Work) -> None:
        self.work = work

    async def batch(self, held: Sequence[Held]) -> None:
        """Never raises but CancelledError, and that only when this very task was cancelled."""
        parsed: list[Held] = []
        for one in held:
            if one.event is None:
                await self.work.bury(one, GivenUp.UNPARSABLE, "body", tries=0)
            else:
                parsed.append(one)
        if not parsed:
            return
        together: list[Held] = []
        for one, how in zip(parsed, await self.work.commit.begin(parsed), strict=True):
            begun = await self.work.begun(one, how)
            if begun is None:
                continue
            if begun.is_suspect:
                await self.work.alone(one, lambda _, one=one: self._together([one]))
            elif begun.failures:
                await self._together([one])
            else:
                together.append(one)
        await self._together(_each_event_once(together))

    async def _together(self, held: Sequence[Held]) -> None:
        """Handle and commit; on failure halve, and a single one ends as any delivery does."""
        wait_s = self.work.settings.retry_first_s
        held = [one for one in held if not one.lost]
        while held:
            try:
                writes = self._writes(held, await self._run(held))
            except UnavailableError as error:
                held = await self._without_overdue(held, wait_s, error)
                if held:
                    metrics.add("retries_total", len(held), **held[0].reading.labels)
                    await self.work.clock.sleep(wait_s)
                wait_s = min(wait_s * 2, self.work.settings.retry_cap_s)
            except (Exception, asyncio.CancelledError) as error:
                if is_told_to_stop(error):
                    raise
                await self._split(held, error)
                return
            else:
                await self._commit(held, writes)
                return

    async def _run(self, held: Sequence[Held]) -> Sequence[Caused]:
        reader = held[0].reading.reader
        assert reader.batch
        events = [one.event for one in held if one.event]
        async with asyncio.timeout(reader.timeout_s):
            return await reader.batch(events)

    async def _split(self, held: Sequence[Held], error: BaseException) -> None:
        if len(held) > 1:
            middle = len(held) // 2
            await self._together(held[:middle])
            await self._together(held[middle:])
            return
        one = held[0]

        async def raise_again() -> Sequence[Fact]:
            raise error

        if isinstance(error, LostError):
            await self.work.lost(one)
        else:
            await self.work.outcome(one, raise_again)

    async def _without_overdue(
        self, held: Sequence[Held], wait_s: float, error: UnavailableError
    ) -> list[Held]:
        kept: list[Held] = []
        for one in held:
            if one.lost:
                self.work.note(one, "lost")
            elif self.work.may_wait(one, wait_s):
                kept.append(one)
            else:
                await self.work.give_up(one, GivenUp.DEADLINE, error.code, tries=1)
        return kept

    def _writes(self, held: Sequence[Held], caused: Sequence[Caused]) -> list[list[Write]]:
        """What follows from each entry, in the order returned.

        Raises:
            ValueError: a fact names a cause that is not in the batch: a bug of the handler.
        """
        facts: dict[EventId, list[Fact]] = {one.event.id: [] for one in held if one.event}
        for row in caused:
            if row.cause.id not in facts:
                raise ValueError("a returned fact names a cause outside of its batch")
            facts[row.cause.id].append(row.fact)
        return [
            self.work.wrapping.facts(one.event, facts[one.event.id]) for one in held if one.event
        ]

    async def _commit(self, held: Sequence[Held], writes: Sequence[Sequence[Write]]) -> None:
        """One script for all; each entry's facts go with it or not at all."""
        ended = await self.work.commit.commit(held, writes)
        for one, how in zip(held, ended, strict=True):
            if how is Ended.COMMITTED:
                one.reading.breaker.add(one.tenant, failed=False)
            self.work.note(one, how.name.lower())


def _each_event_once(held: Sequence[Held]) -> list[Held]:
    """Drop repeats: a fact published twice may stand in one batch twice.

    The later entry waits for redelivery, where the done mark of the first is found.
    """
    seen: dict[object, Held] = {}
    for one in held:
        assert one.event
        seen.setdefault(one.event.id, one)
    return list(seen.values())
