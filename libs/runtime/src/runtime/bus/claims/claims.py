"""What this process has claimed: renewed while handled, taken from whoever stopped renewing."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from runtime.bus.claims.claim import Claim
from runtime.bus.reading.subscription import Shard
from runtime.bus.scripts.lua import Call, run_now
from runtime.bus.settings import BusSettings
from runtime.cancellation import stop_if_cancelled
from runtime.clock import Clock
from runtime.redis_client import OUTSIDE_FAILED
from runtime.telemetry import metrics

log = logging.getLogger(__name__)
RENEW_AT_ONCE = 250


class Claims:
    """The claims of one consumer. A process never claims again what stands here."""

    def __init__(
        self,
        redis: Redis,
        shards: Sequence[Shard],
        *,
        consumer: str,
        settings: BusSettings,
        clock: Clock,
    ) -> None:
        self.shards = shards
        self._redis = redis
        self._consumer = consumer
        self._settings = settings
        self._clock = clock
        self._claims: dict[tuple[str, str], Claim] = {}
        self._answered_at_s = clock.monotonic()

    def add(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            self._claims[claim.shard.key, claim.entry_id] = claim
        self._measure()

    def drop(self, claims: Iterable[Claim]) -> None:
        """Not renewed any more. A newer claim of the same entry stays."""
        for claim in claims:
            if self._claims.get((claim.shard.key, claim.entry_id)) is claim:
                del self._claims[claim.shard.key, claim.entry_id]
        self._measure()

    @property
    def is_stale(self) -> bool:
        """Redis has not answered for so long that what is claimed may be another's by now."""
        silent_s = self._clock.monotonic() - self._answered_at_s
        return silent_s > self._settings.ownerless_after_s

    async def renew_for_ever(self) -> None:
        while True:
            stop_if_cancelled()
            await self._clock.sleep(self._settings.renew_every_s)
            try:
                await self._renew()
                if not self._claims:
                    await cast("Any", self._redis).ping()
                self._answered_at_s = self._clock.monotonic()
            except (*OUTSIDE_FAILED, ResponseError) as error:
                log.warning("consumer.renewal_failed", extra={"error": type(error).__name__})

    async def _renew(self) -> None:
        by_shard: defaultdict[Shard, list[Claim]] = defaultdict(list)
        for claim in self._claims.values():
            by_shard[claim.shard].append(claim)
        for shard, claims in by_shard.items():
            for i in range(0, len(claims), RENEW_AT_ONCE):
                await self._renew_some(shard, claims[i : i + RENEW_AT_ONCE])

    async def _renew_some(self, shard: Shard, claims: Sequence[Claim]) -> None:
        args: list[str | int] = [shard.group, self._consumer]
        for claim in claims:
            args += claim.identity
        found = cast("list[int]", await run_now(self._redis, Call("renew", [shard.key], args)))
        for claim, is_mine in zip(claims, found, strict=True):
            # What was committed since is gone from the list of pending entries, and not lost.
            if not is_mine and self._claims.get((shard.key, claim.entry_id)) is claim:
                self._lose(claim)

    def _lose(self, claim: Claim) -> None:
        claim.lost = True
        self.drop([claim])
        # A batch goes on without it: its commit leaves out what was lost.
        if claim.task and claim.subscription.reader.batch is None:
            claim.task.cancel()

    async def reclaim(self, shard: Shard, at_most: int, *, after_s: float = 0) -> list[Claim]:
        """Take entries without an owner for `after_s`; [] when Redis does not answer."""
        mine = [entry_id for key, entry_id in self._claims if key == shard.key]
        idle_ms = int((self._settings.ownerless_after_s + after_s) * 1000)
        args = [shard.group, self._consumer, idle_ms, at_most, *mine]
        return await self._taken(shard, Call("reclaim", [shard.key], args))

    async def read_neglected(self, shard: Shard, at_most: int) -> list[Claim]:
        """Read what no process has read for as long as makes an entry ownerless; as above."""
        age_ms = int(self._settings.ownerless_after_s * 1000)
        args = [shard.group, self._consumer, age_ms, at_most]
        return await self._taken(shard, Call("unread", [shard.key], args))

    async def _taken(self, shard: Shard, call: Call) -> list[Claim]:
        try:
            rows = await run_now(self._redis, call)
        except (*OUTSIDE_FAILED, ResponseError) as error:
            log.warning("consumer.takeover_failed", extra={"error": type(error).__name__})
            return []
        now = self._clock.monotonic()
        return [
            Claim.of(shard, entry_id.decode(), times, _pairs(fields), now)
            for entry_id, times, fields in cast("list[tuple[bytes, int, list[bytes]]]", rows)
        ]

    async def leave_all(self) -> None:
        """Free what is still pending for this consumer, also what a cut-off read left behind."""
        idle_ms = int(self._settings.ownerless_after_s * 1000) + 1
        try:
            for shard in self.shards:
                call = Call("leave", [shard.key], [shard.group, self._consumer, idle_ms])
                await run_now(self._redis, call)
        except (*OUTSIDE_FAILED, ResponseError) as error:
            log.warning("consumer.leaving_failed", extra={"error": type(error).__name__})

    def _measure(self) -> None:
        if self.shards:
            metrics.set("deliveries_in_flight", len(self._claims), group=self.shards[0].group)


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
