"""How full Redis is: measured from time to time, and said before writers have to wait."""

import logging
from typing import Any, Final, cast

from redis.asyncio import Redis

from runtime.telemetry import metrics

log = logging.getLogger(__name__)
NEARLY_FULL_RATIO: Final = 0.8
"""Of `maxmemory`: from here on it is said. Past 1 Redis refuses to store, and writers wait."""


async def memory_ratio(redis: Redis) -> float | None:
    """Used of what Redis may take; None when it has no `maxmemory`."""
    # redis-py types replies for both of its protocols at once.
    about = cast("dict[str, Any]", await cast("Any", redis).info("memory"))
    limit = int(about.get("maxmemory", 0))
    return int(about["used_memory"]) / limit if limit else None


class MemoryWatch:
    """Keeps the newest ratio for metrics and readiness, and logs when it gets too high."""

    def __init__(self) -> None:
        self._ratio = 0.0

    async def measure(self, redis: Redis) -> None:
        """Ask once.

        Raises:
            redis.exceptions.RedisError: it does not answer, or does not let us ask.
        """
        was_nearly_full = self._ratio >= NEARLY_FULL_RATIO
        self._ratio = await memory_ratio(redis) or 0.0
        metrics.set("redis_memory_used_ratio", self._ratio)
        if self._ratio >= NEARLY_FULL_RATIO and not was_nearly_full:
            log.warning("redis.nearly_full", extra={"used_ratio": round(self._ratio, 2)})

    def notices(self) -> list[str]:
        """For readiness; [] while there is room."""
        if self._ratio < NEARLY_FULL_RATIO:
            return []
        return [nearly_full(self._ratio)]


def nearly_full(ratio: float) -> str:
    """The sentence for people, with what to do."""
    full = "Redis is full and writers wait" if ratio >= 1 else f"Redis is {ratio:.0%} full"
    return f"{full}: raise its maxmemory, or have less in it"
