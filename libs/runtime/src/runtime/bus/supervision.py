"""What runs beside the reading: taking over ownerless entries, and stopping what only fails."""

import logging
from collections.abc import Sequence

from redis.exceptions import RedisError

from runtime.bus.claims.claim import Claim
from runtime.bus.claims.claims import Claims
from runtime.bus.handling.worker_pool import WorkerPool
from runtime.bus.reading.breaker import Step
from runtime.bus.reading.shard_reader import ShardReader
from runtime.bus.reading.subscription import Shard, Subscription
from runtime.bus.settings import BusSettings
from runtime.cancellation import stop_if_cancelled
from runtime.clock import Clock
from runtime.redis_client import as_unavailable

log = logging.getLogger(__name__)
WATCH_EVERY_S = 0.5
LEFT_LYING = 64
"""Entries of a shard that are taken without a slot, in one look."""


class Supervisor:
    """Of one consumer's workers and readers; each method runs until it is cancelled."""

    def __init__(
        self,
        pool: WorkerPool,
        claims: Claims,
        readers: Sequence[ShardReader],
        *,
        settings: BusSettings,
        clock: Clock,
    ) -> None:
        """`readers` may grow while they are started."""
        self._pool = pool
        self._claims = claims
        self._readers = readers
        self._settings = settings
        self._clock = clock

    async def take_over(self, subscription: Subscription) -> None:
        """Look for entries that nobody renews; each slot that comes free is theirs, oldest first.

        A slot is held for the look, so that under any load none goes to what was never begun. No
        entry is taken that would have to wait here: another process may be free sooner.
        """
        limit = self._pool.limit_of(subscription)
        while True:
            stop_if_cancelled()
            may_be_more = False
            for shard in self._shards_of(subscription):
                async with limit.next_slot() as room:
                    if not subscription.stopped:
                        found = await self._claims.reclaim(shard, room)
                        self._pool.take(found, first=True)
                        may_be_more |= len(found) == room
            if not may_be_more:
                await self._clock.sleep(self._settings.reclaim_every_s)

    async def end_overdue(self, subscription: Subscription) -> None:
        """Begin at its end what waits for a slot: here, without an owner, or read by nobody.

        So a deadline holds though every slot is taken. What is not over yet waits here for one;
        a process with a free slot has had its look before.
        """
        limit = self._pool.limit_of(subscription)
        every_s = self._settings.reclaim_every_s
        while True:
            stop_if_cancelled()
            await self._clock.sleep(every_s)
            for shard in self._shards_of(subscription):
                if limit.waiting < LEFT_LYING and not subscription.stopped:
                    found = await self._claims.reclaim(shard, LEFT_LYING, after_s=every_s)
                    self._pool.take(found, first=True)
                    self._pool.take(await self._claims.read_neglected(shard, LEFT_LYING))
            limit.start_overdue(self._is_overdue)

    def _is_overdue(self, claim: Claim) -> bool:
        ends_after = claim.subscription.reader.ends_after
        if ends_after is None or claim.event is None:
            return False
        return self._clock.now() >= claim.entered_at + ends_after(claim.event)

    async def watch_breakers(self, subscriptions: Sequence[Subscription]) -> None:
        """Stop reading a fact when nearly all of it fails, and try again one at a time."""
        while True:
            stop_if_cancelled()
            for subscription in subscriptions:
                step = subscription.breaker.step(self._clock.monotonic())
                if step is not None:
                    await self._take_step(step, subscription)
            await self._clock.sleep(WATCH_EVERY_S)

    async def _take_step(self, step: Step, subscription: Subscription) -> None:
        match step:
            case "stop":
                log.error("consumer.stopped", extra=subscription.labels)
                await self._stop(subscription)
            case "probe":
                log.info("consumer.probing", extra=subscription.labels)
                await self._probe(subscription)
            case "resume":
                log.info("consumer.resumed", extra=subscription.labels)
                self._pool.limit_of(subscription).resume(subscription.limit)

    async def _probe(self, subscription: Subscription) -> None:
        self._pool.limit_of(subscription).resume(1)
        try:
            for reader in self._readers_of(subscription):
                await reader.start()
        except (RedisError, OSError) as error:  # then there is nothing to try it on
            if as_unavailable(error) is None:
                raise
            subscription.breaker.postpone(self._clock.monotonic())
            await self._stop(subscription)

    async def _stop(self, subscription: Subscription) -> None:
        await self._pool.stop(subscription)
        for reader in self._readers_of(subscription):
            await reader.stop()

    def _shards_of(self, subscription: Subscription) -> list[Shard]:
        return [one for one in self._claims.shards if one.subscription is subscription]

    def _readers_of(self, subscription: Subscription) -> list[ShardReader]:
        return [one for one in self._readers if one.shard.subscription is subscription]
