from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from redis.asyncio import Redis

from contracts.breakers import BREAKERS_KEY, breaker_key
from contracts.http import ModelLeftAlone
from runtime.redis_client import reply_of


class RedisBreakers:
    """Read as the router wrote them; a model whose failures are only counted is none of them."""

    def __init__(self, redis: Redis) -> None:
        # redis-py types replies for both of its protocols at once.
        self._redis = cast("Any", redis)

    async def opened(self) -> Sequence[ModelLeftAlone]:
        names: set[bytes] = await reply_of(self._redis.smembers(BREAKERS_KEY))
        found = [await self._opened(name.decode()) for name in sorted(names)]
        return [one for one in found if one is not None]

    async def _opened(self, name: str) -> ModelLeftAlone | None:
        row: list[bytes | None] = await reply_of(
            self._redis.hmget(breaker_key(name), ["until", "since", "reason"])
        )
        until, since, reason = row
        if until is None or since is None:
            return None
        provider, _, model = name.partition(":")
        return ModelLeftAlone(
            provider=provider,
            model=model,
            since=_time(since),
            until=_time(until),
            reason=reason.decode() if reason else None,
        )


def _time(ms: bytes) -> datetime:
    return datetime.fromtimestamp(float(ms) / 1000, UTC)
