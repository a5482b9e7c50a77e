"""Every step of a delivery that touches Redis, each one script, each harmless when sent twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from redis.exceptions import RedisError

from runtime.bus.scripts import Argument, Call, Name, ScriptLine
from runtime.bus.writes import KeyTable, Write
from runtime.redis_client import as_unavailable

if TYPE_CHECKING:
    from runtime.bus.entries import Held
    from runtime.bus.settings import BusSettings
    from runtime.clock import Clock

T = TypeVar("T")
TRIES_LIFETIME_S = 7 * 24 * 3600
AGAIN_AFTER_S = 0.5
LOST, DONE_ALREADY, SUSPECT = 0, 1, 3  # what begin.lua says first
SUSPECT_FROM = 2
"""Deaths from which an entry runs alone."""


class Ended(IntEnum):
    """What the commit script says of an entry."""

    LOST = 0
    COMMITTED = 1
    DUPLICATE = 2


@dataclass(frozen=True)
class Begun:
    """This claim may run the handler now.

    Attributes:
        failures: bugs so far.
        deaths: owners that died or hung in the handler.
        noted_ms: how far one of them came.
        is_suspect: it has not begun: so many owners died in it that it must run alone among its
            like, so that its neighbours are not blamed for the next death.
    """

    failures: int
    deaths: int
    noted_ms: int | None
    is_suspect: bool = False

    @property
    def tries(self) -> int:
        return self.failures + self.deaths


class Commit:
    """The scripts of one process, as its consumer `consumer`."""

    def __init__(
        self, line: ScriptLine, *, consumer: str, settings: BusSettings, clock: Clock
    ) -> None:
        self.consumer = consumer
        self._line = line
        self._settings = settings
        self._clock = clock

    async def begin(
        self, held: Sequence[Held], *, also_suspects: bool = False
    ) -> list[Begun | Ended]:
        """Of one source. DUPLICATE ones are acknowledged already: there is nothing left to do."""
        source = held[0].source
        keys = [source.key]
        suspect_from = 0 if also_suspects else SUSPECT_FROM
        args: list[Argument] = [source.group, self.consumer, TRIES_LIFETIME_S, suspect_from]
        for one in held:
            keys += [one.done_key, one.tries_key]
            args += [one.entry_id, one.claim]
        rows = cast("list[list[int]]", await self._run("begin", keys, args))
        return [_begun(row) for row in rows]

    async def commit(
        self, held: Sequence[Held], writes: Sequence[Sequence[Write]], *, leave_mark: bool = True
    ) -> list[Ended]:
        """The atomic step for entries of one source, each with what follows from it.

        `leave_mark`: False for what was not handled (a dead letter, an entry sent again to another
        group): without a done mark the same fact can still be sent to this group.
        """
        source = held[0].source
        table = KeyTable(source.key)
        done_for = int(self._settings.done_for.total_seconds())
        args: list[Argument] = [source.group, self.consumer, done_for, len(held)]
        for one, its in zip(held, writes, strict=True):
            done = table.index(one.done_key) if leave_mark else 0
            args += [one.entry_id, one.claim, done, table.index(one.tries_key), len(its)]
            for write in its:
                args += table.arguments(write)
        rows = cast("list[int]", await self._run("commit", table.keys, args))
        return [Ended(row) for row in rows]

    async def state(self, held: Held, writes: Sequence[Write], noted_ms: int | None) -> bool:
        """False: lost, nothing was written."""
        table = KeyTable(held.source.key, held.tries_key)
        noted = -1 if noted_ms is None else noted_ms
        args: list[Argument] = [held.source.group, self.consumer, held.entry_id, held.claim]
        args += [TRIES_LIFETIME_S, noted, len(writes)]
        for write in writes:
            args += table.arguments(write)
        return bool(await self._run("state", table.keys, args))

    async def count_failure(self, held: Held) -> int | None:
        """Failures and deaths of this entry so far; None: lost."""
        args = [held.source.group, self.consumer, held.entry_id, held.claim, TRIES_LIFETIME_S]
        tries = cast("int", await self._run("failed", [held.source.key, held.tries_key], args))
        return None if tries < 0 else tries

    async def release(self, held: Sequence[Held], *, after_s: float = 0) -> None:
        """Leave entries of one source pending, for anybody to take after `after_s`."""
        source = held[0].source
        idle_ms = max(0, int((self._settings.ownerless_after_s - after_s) * 1000) + 1)
        args: list[Argument] = [source.group, self.consumer, idle_ms]
        for one in held:
            args += [one.entry_id, one.claim]
        await self._run("release", [source.key, *(one.tries_key for one in held)], args)

    async def _run(self, name: Name, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Until Redis answers: the entry stays ours meanwhile, or the script finds that it is not.

        A worker that is told to stop is cancelled out of here.
        """
        call = Call(name, keys, args)
        return await _until_answered(lambda: self._line.run(call), self._clock)


async def _until_answered(ask: Callable[[], Awaitable[T]], clock: Clock) -> T:
    while True:
        try:
            return await ask()
        except (RedisError, OSError) as error:
            if as_unavailable(error) is None:
                raise
            await clock.sleep(AGAIN_AFTER_S)


def _begun(row: Sequence[int]) -> Begun | Ended:
    if row[0] == LOST:
        return Ended.LOST
    if row[0] == DONE_ALREADY:
        return Ended.DUPLICATE
    noted_ms = None if row[3] < 0 else row[3]
    return Begun(row[1], row[2], noted_ms, is_suspect=row[0] == SUSPECT)
