from redis.asyncio import Redis

from gateway.domain.backlog import BacklogCounts
from runtime.bus import DeadLetters, pending_facts


class RedisBacklog:
    def __init__(self, redis: Redis, *, shards: int) -> None:
        self._redis = redis
        self._shards = shards

    async def counts(self) -> BacklogCounts:
        letters = DeadLetters(self._redis, shards=self._shards)
        return BacklogCounts(
            pending_facts=await pending_facts(self._redis, shards=self._shards),
            dead_letters=await letters.count(),
        )
