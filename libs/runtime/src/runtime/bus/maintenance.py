"""Maintenance of the streams: trim them, forget dead consumers, measure the groups."""

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from contracts.streams import CATALOGUE, ServiceName, Stream, stream_key
from runtime.bus.group_figures import measure_group
from runtime.bus.memory import MemoryWatch
from runtime.bus.provision import turn_key
from runtime.bus.reading.subscription import Shard
from runtime.bus.scripts.lua import Call, run_now
from runtime.bus.settings import BusSettings
from runtime.cancellation import stop_if_cancelled
from runtime.clock import Clock
from runtime.redis_client import OUTSIDE_FAILED
from runtime.telemetry import metrics

log = logging.getLogger(__name__)
SILENT_CONSUMER_MS = 10 * 60 * 1000
STUCK_AFTER_S = 60.0
"""A group whose oldest needed entry is older is said to have stopped moving (gauge and log)."""


async def trim_stream(redis: Redis, stream: Stream, shard: int) -> int:
    """Remove what is older than the retention and no group needs; returns how many entries.

    Groups with an expiry are waited for only as long as the retention; what they never read is
    counted as expired.
    """
    waited = [group.service for group in stream.readers if group.expiry is None]
    skipped = [group.service for group in stream.readers if group.expiry is not None]
    retention_ms = int(stream.retention.total_seconds() * 1000)
    args: list[str | int] = [retention_ms, len(waited), *waited, *skipped]
    reply = await run_now(redis, Call("trim", [stream_key(stream.name, shard)], args))
    removed, passed = cast("tuple[int, list[int]]", reply)
    for group, count in zip(skipped, passed, strict=False):
        metrics.add("expired_total", count, event_type=stream.name, group=group)
    metrics.add("trimmed_total", removed, event_type=stream.name)
    return removed


@contextmanager
def _one_stream(event_type: str) -> Generator[None]:
    """What fails on one stream does not keep the others from being trimmed."""
    try:
        yield
    except (*OUTSIDE_FAILED, ResponseError) as error:
        extra = {"event_type": event_type, "error": type(error).__name__}
        log.warning("maintenance.failed", extra=extra)


class StreamMaintenance:
    """Runs beside a consumer. A stream is trimmed by the service that the catalogue names.

    One of its processes at a time: whoever gets the key of that turn.
    """

    def __init__(
        self,
        redis: Redis,
        shards: Sequence[Shard],
        *,
        service: ServiceName,
        settings: BusSettings,
        clock: Clock,
    ) -> None:
        self._redis = redis
        self._service: ServiceName = service
        self._streams = [stream for stream in CATALOGUE if stream.trimmed_by == service]
        self._sources = shards
        self._settings = settings
        self._clock = clock
        self._stuck: set[str] = set()
        self.memory = MemoryWatch()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            stop_if_cancelled()
            await self._clock.sleep(self._settings.trim_every_s)
            with _one_stream("all"):
                await self.memory.measure(self._redis)
            for number in range(self._settings.shards):
                if await self._is_our_turn(number):
                    for stream in self._streams:
                        with _one_stream(stream.name):
                            await trim_stream(self._redis, stream, number)
            for shard in self._sources:
                with _one_stream(shard.subscription.event_type):
                    await self._measure(shard)

    async def _is_our_turn(self, shard: int) -> bool:
        turn_ms = int(self._settings.trim_every_s * 1000)
        key = turn_key(self._service, shard)
        with _one_stream("all"):
            claim = cast("Any", self._redis).set(key, 1, nx=True, px=max(1, turn_ms - 500))
            return bool(await claim)
        return False

    async def _measure(self, shard: Shard) -> None:
        """Forget dead consumers; figures of our own groups; one that stands still is an alert."""
        args = [shard.group, SILENT_CONSUMER_MS]
        await run_now(self._redis, Call("sweep", [shard.key], args))
        figures = await measure_group(self._redis, shard.key, shard.group)
        labels = shard.subscription.labels
        oldest_s = (figures.oldest_ms or 0) / 1000
        metrics.set("group_lag", figures.lag, **labels)
        metrics.set("group_pending", figures.pending, **labels)
        metrics.set("group_oldest_seconds", oldest_s, **labels)
        if oldest_s <= STUCK_AFTER_S:
            self._stuck.discard(shard.key)
        elif shard.key not in self._stuck:
            self._stuck.add(shard.key)
            log.warning("group.behind", extra={**labels, "oldest_s": round(oldest_s)})
