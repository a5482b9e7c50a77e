"""What this process holds: renewed while it is in work, taken from whoever stopped renewing."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import ResponseError

from runtime.bus.entries import Held, Source
from runtime.bus.scripts import Call, run_now
from runtime.redis_client import OUTSIDE_FAILED, stop_if_cancelled
from runtime.telemetry import metrics

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from runtime.bus.settings import BusSettings
    from runtime.clock import Clock

log = logging.getLogger(__name__)
RENEW_AT_ONCE = 250


class Holdings:
    """The held entries of one consumer. A process never claims what stands here."""

    def __init__(
        self,
        redis: Redis,
        sources: Sequence[Source],
        *,
        consumer: str,
        settings: BusSettings,
        clock: Clock,
    ) -> None:
        self.sources = sources
        self._redis = redis
        self._consumer = consumer
        self._settings = settings
        self._clock = clock
        self._held: dict[tuple[str, str], Held] = {}
        self._answered_at = clock.monotonic()

    def add(self, held: Iterable[Held]) -> None:
        for one in held:
            self._held[one.source.key, one.entry_id] = one
        self._measure()

    def drop(self, held: Iterable[Held]) -> None:
        """Not renewed any more. A newer claim of the same entry stays."""
        for one in held:
            if self._held.get((one.source.key, one.entry_id)) is one:
                del self._held[one.source.key, one.entry_id]
        self._measure()

    @property
    def is_stale(self) -> bool:
        """Redis has not answered for so long that what is held may be another's by now."""
        silent_s = self._clock.monotonic() - self._answered_at
        return silent_s > self._settings.ownerless_after_s

    async def renew_for_ever(self) -> None:
        while True:
            stop_if_cancelled()
            await self._clock.sleep(self._settings.renew_every_s)
            try:
                await self._renew()
                if not self._held:
                    await cast("Any", self._redis).ping()
                self._answered_at = self._clock.monotonic()
            except (*OUTSIDE_FAILED, ResponseError) as error:
                log.warning("consumer.renewal_failed", extra={"error": type(error).__name__})

    async def _renew(self) -> None:
        by_source: defaultdict[Source, list[Held]] = defaultdict(list)
        for one in self._held.values():
            by_source[one.source].append(one)
        for source, held in by_source.items():
            for i in range(0, len(held), RENEW_AT_ONCE):
                await self._renew_some(source, held[i : i + RENEW_AT_ONCE])

    async def _renew_some(self, source: Source, held: Sequence[Held]) -> None:
        args: list[str | int] = [source.group, self._consumer]
        for one in held:
            args += [one.entry_id, one.claim]
        found = cast("list[int]", await run_now(self._redis, Call("renew", [source.key], args)))
        for one, is_mine in zip(held, found, strict=True):
            # What was committed since is gone from the list of pending entries, and not lost.
            if not is_mine and self._held.get((source.key, one.entry_id)) is one:
                self._lose(one)

    def _lose(self, held: Held) -> None:
        held.lost = True
        self.drop([held])
        # A batch goes on without it: its commit leaves out what was lost.
        if held.task and held.reading.reader.batch is None:
            held.task.cancel()

    async def reclaim(self, source: Source, at_most: int) -> list[Held]:
        """Take entries that nobody renewed; [] when Redis does not answer."""
        mine = [entry_id for key, entry_id in self._held if key == source.key]
        idle_ms = int(self._settings.ownerless_after_s * 1000)
        args: list[str | int] = [source.group, self._consumer, idle_ms, at_most, *mine]
        try:
            rows = await run_now(self._redis, Call("reclaim", [source.key], args))
        except (*OUTSIDE_FAILED, ResponseError) as error:
            log.warning("consumer.takeover_failed", extra={"error": type(error).__name__})
            return []
        now = self._clock.monotonic()
        return [
            Held.of(source, entry_id.decode(), claim, _pairs(fields), now)
            for entry_id, claim, fields in cast("list[tuple[bytes, int, list[bytes]]]", rows)
        ]

    async def leave_all(self) -> None:
        """Free what is still pending for this consumer, also what a cut-off read left behind."""
        idle_ms = int(self._settings.ownerless_after_s * 1000) + 1
        try:
            for source in self.sources:
                call = Call("leave", [source.key], [source.group, self._consumer, idle_ms])
                await run_now(self._redis, call)
        except (*OUTSIDE_FAILED, ResponseError) as error:
            log.warning("consumer.leaving_failed", extra={"error": type(error).__name__})

    def _measure(self) -> None:
        if self.sources:
            metrics.set("deliveries_in_flight", len(self._held), group=self.sources[0].group)


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
