"""Every step of a delivery that touches Redis, each one script, each harmless when sent twice."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar, cast

from redis.exceptions import RedisError

from runtime.bus.claims.claim import Claim
from runtime.bus.scripts.appends import Append, KeyTable
from runtime.bus.scripts.lua import Argument, Call, Name
from runtime.bus.scripts.pipeline import ScriptPipeline
from runtime.bus.settings import BusSettings
from runtime.clock import Clock
from runtime.redis_client import RedisDeniedError, as_unavailable

T = TypeVar("T")
TRIES_LIFETIME_S = 7 * 24 * 3600
AGAIN_AFTER_S = 0.5
LOST, DONE_ALREADY, SUSPECT = 0, 1, 3  # what begin.lua says first
WAITS, RUNS, RUNS_ALONE = 0, 1, 2  # what running.lua is told
SUSPECT_FROM_DEATHS = 2
"""Deaths from which an entry runs alone."""


class CommitResult(IntEnum):
    """What the commit script says of an entry."""

    LOST = 0
    COMMITTED = 1
    DUPLICATE = 2


@dataclass(frozen=True)
class Attempt:
    """A claim that may run the handler now, and how often it was run before.

    Attributes:
        failures: bugs so far.
        deaths: owners that died or hung in the handler, while others ran beside it.
        deaths_alone: owners that did so while it ran as the only suspect.
        noted_ms: how far one of them came, in the handler's own count.
        is_poison_suspect: it has not begun: so many owners died in it that it must be the only
            suspect that runs, so that no other is blamed for the next death.
    """

    failures: int
    deaths: int
    deaths_alone: int
    noted_ms: int | None
    is_poison_suspect: bool = False

    @property
    def tries(self) -> int:
        return self.failures + self.deaths + self.deaths_alone


class ClaimSteps:
    """Begin, commit, state, count a failure, release: one script each, as consumer `consumer`."""

    def __init__(
        self, pipeline: ScriptPipeline, *, consumer: str, settings: BusSettings, clock: Clock
    ) -> None:
        self.consumer = consumer
        self._pipeline = pipeline
        self._settings = settings
        self._clock = clock

    async def begin(
        self, claims: Sequence[Claim], *, alone: bool = False
    ) -> list[Attempt | CommitResult]:
        """For claims of one shard; suspects begin only `alone`.

        DUPLICATE: handled before and acknowledged now, so there is nothing left to do.
        """
        shard = claims[0].shard
        keys = [shard.key]
        suspect_from = 0 if alone else SUSPECT_FROM_DEATHS
        args: list[Argument] = [shard.group, self.consumer, TRIES_LIFETIME_S, suspect_from]
        for claim in claims:
            keys += [claim.done_key, claim.tries_key]
            args += claim.identity
        rows = cast("list[list[int]]", await self._run("begin", keys, args))
        return [_attempt(row) for row in rows]

    async def wait(self, claims: Sequence[Claim]) -> None:
        """Handlers of one shard wait for something outside: no death now is their doing."""
        await self._set_running([(claim, WAITS) for claim in claims])

    async def go_on(self, claims: Sequence[Claim]) -> None:
        """After `wait`: the handlers run again."""
        await self._set_running(
            [(claim, RUNS_ALONE if claim.runs_alone else RUNS) for claim in claims]
        )

    async def _set_running(self, rows: Sequence[tuple[Claim, int]]) -> None:
        shard = rows[0][0].shard
        keys = [shard.key, *(claim.tries_key for claim, _ in rows)]
        args: list[Argument] = [shard.group, self.consumer, TRIES_LIFETIME_S]
        for claim, how in rows:
            args += [*claim.identity, how]
        await self._run("running", keys, args)

    async def commit(
        self,
        claims: Sequence[Claim],
        appends: Sequence[Sequence[Append]],
        *,
        leave_mark: bool = True,
    ) -> list[CommitResult]:
        """The atomic step for claims of one shard, each with what follows from it.

        `leave_mark`: False for what was not handled (a dead letter, an entry sent again to another
        group): without a done mark the same fact can still be sent to this group.
        """
        shard = claims[0].shard
        table = KeyTable(shard.key)
        done_for = shard.subscription.stream.retention + self._settings.done_after
        done_for_s = int(done_for.total_seconds())
        args: list[Argument] = [shard.group, self.consumer, done_for_s, len(claims)]
        for claim, its in zip(claims, appends, strict=True):
            done = table.index(claim.done_key) if leave_mark else 0
            args += [*claim.identity, done, table.index(claim.tries_key), len(its)]
            for append in its:
                args += table.arguments(append)
        rows = cast("list[int]", await self._run("commit", table.keys, args))
        return [CommitResult(row) for row in rows]

    async def state(self, claim: Claim, appends: Sequence[Append], noted_ms: int | None) -> bool:
        """False: lost, nothing was written."""
        table = KeyTable(claim.shard.key, claim.tries_key)
        noted = -1 if noted_ms is None else noted_ms
        args: list[Argument] = [claim.shard.group, self.consumer, *claim.identity]
        args += [TRIES_LIFETIME_S, noted, len(appends)]
        for append in appends:
            args += table.arguments(append)
        return bool(await self._run("state", table.keys, args))

    async def count_failure(self, claim: Claim) -> int | None:
        """Failures of this entry so far; None: lost."""
        args = [claim.shard.group, self.consumer, *claim.identity, TRIES_LIFETIME_S]
        tries = cast("int", await self._run("failed", [claim.shard.key, claim.tries_key], args))
        return None if tries < 0 else tries

    async def release(self, claims: Sequence[Claim], *, after_s: float = 0) -> None:
        """Leave the entries of one shard pending, for anybody to take after `after_s`."""
        shard = claims[0].shard
        idle_ms = max(0, int((self._settings.ownerless_after_s - after_s) * 1000) + 1)
        args: list[Argument] = [shard.group, self.consumer, idle_ms]
        for claim in claims:
            args += claim.identity
        await self._run("release", [shard.key, *(claim.tries_key for claim in claims)], args)

    async def _run(self, name: Name, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Until Redis answers: the entry stays ours meanwhile, or the script finds that it is not.

        A worker that is told to stop is cancelled out of here.
        """
        call = Call(name, keys, args)
        return await _until_answered(lambda: self._pipeline.run(call), self._clock)


async def _until_answered(attempt: Callable[[], Awaitable[T]], clock: Clock) -> T:
    while True:
        try:
            return await attempt()
        except (RedisError, OSError) as error:
            known = as_unavailable(error)
            if known is None or isinstance(known, RedisDeniedError):
                raise
            await clock.sleep(AGAIN_AFTER_S)


def _attempt(row: Sequence[int]) -> Attempt | CommitResult:
    if row[0] == LOST:
        return CommitResult.LOST
    if row[0] == DONE_ALREADY:
        return CommitResult.DUPLICATE
    noted_ms = None if row[4] < 0 else row[4]
    return Attempt(row[1], row[2], row[3], noted_ms, is_poison_suspect=row[0] == SUSPECT)
