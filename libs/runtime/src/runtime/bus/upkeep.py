"""What some process must do now and then: trim streams, forget dead consumers, measure groups."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import ResponseError

from contracts.streams import CATALOGUE, Stream, stream_key, tag
from runtime.bus.pending import measure_group
from runtime.bus.scripts import Call, run_now
from runtime.redis_client import OUTSIDE_FAILED, stop_if_cancelled
from runtime.telemetry import metrics

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from runtime.bus.entries import Source
    from runtime.bus.settings import BusSettings
    from runtime.clock import Clock

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
    passing = [group.service for group in stream.readers if group.expiry is not None]
    retention_ms = int(stream.retention.total_seconds() * 1000)
    args: list[str | int] = [retention_ms, len(waited), *waited, *passing]
    reply = await run_now(redis, Call("trim", [stream_key(stream.name, shard)], args))
    removed, passed = cast("tuple[int, list[int]]", reply)
    for group, count in zip(passing, passed, strict=False):
        metrics.add("expired_total", count, event_type=stream.name, group=group)
    metrics.add("trimmed_total", removed, event_type=stream.name)
    return removed


class Upkeep:
    """Runs beside a consumer. One process at a time trims: whoever gets the key of that turn."""

    def __init__(
        self, redis: Redis, sources: Sequence[Source], *, settings: BusSettings, clock: Clock
    ) -> None:
        self._redis = redis
        self._sources = sources
        self._settings = settings
        self._clock = clock
        self._stuck: set[str] = set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            stop_if_cancelled()
            await self._clock.sleep(self._settings.trim_every_s)
            try:
                for shard in range(self._settings.shards):
                    await self._trim(shard)
                for source in self._sources:
                    args = [source.group, SILENT_CONSUMER_MS]
                    await run_now(self._redis, Call("sweep", [source.key], args))
                    await self._measure(source)
            except (*OUTSIDE_FAILED, ResponseError) as error:
                log.warning("upkeep.failed", extra={"error": type(error).__name__})

    async def _trim(self, shard: int) -> None:
        turn_ms = int(self._settings.trim_every_s * 1000)
        key = f"trimming:{tag(shard)}"
        if await cast("Any", self._redis).set(key, 1, nx=True, px=max(1, turn_ms - 500)):
            for stream in CATALOGUE:
                await trim_stream(self._redis, stream, shard)

    async def _measure(self, source: Source) -> None:
        """Figures of our own groups; a group that stands still is an alert."""
        figures = await measure_group(self._redis, source.key, source.group)
        labels = source.reading.labels
        oldest_s = (figures.oldest_ms or 0) / 1000
        metrics.set("group_lag", figures.lag, **labels)
        metrics.set("group_pending", figures.pending, **labels)
        metrics.set("group_oldest_seconds", oldest_s, **labels)
        if oldest_s <= STUCK_AFTER_S:
            self._stuck.discard(source.key)
        elif source.key not in self._stuck:
            self._stuck.add(source.key)
            log.warning("group.behind", extra={**labels, "oldest_s": round(oldest_s)})
