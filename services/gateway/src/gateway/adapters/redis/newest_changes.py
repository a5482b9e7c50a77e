import asyncio
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts.fact import Envelope
from contracts.knowledge import NEWEST_CHANGE_LIFETIME_S, newest_change_key

# Nobody who uploads waits for rag to be saved some work.
WRITE_TIMEOUT_S: Final = 0.3


class RedisNewestChanges:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def note(self, event: Envelope[Any]) -> None:
        key = newest_change_key(event.tenant_id, event.data.document_id)
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self._redis.set(key, event.data.change_number, ex=NEWEST_CHANGE_LIFETIME_S)
        except (RedisError, OSError, TimeoutError):
            return
