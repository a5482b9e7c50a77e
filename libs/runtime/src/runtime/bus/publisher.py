"""Stating first causes, and usage, outside of any delivery."""

from collections.abc import Sequence
from typing import Any, cast

from redis.asyncio import Redis

from contracts.fact import Envelope
from runtime.bus.envelopes import BODY, fact_stream, to_body
from runtime.redis_client import redis_or_unavailable


class Publisher:
    """Appends envelopes to their streams."""

    def __init__(self, redis: Redis, *, shards: int = 1) -> None:
        self._redis = redis
        self._shards = shards

    async def publish(self, *envelopes: Envelope[Any]) -> Sequence[str]:
        """Append all, in order, in one round trip.

        Retried over a lost connection, so an entry may be there twice: readers drop a repeated
        event id, so a caller keeps the id when it publishes again.

        Returns:
            Entry ids, in the same order.

        Raises:
            UnavailableError: Redis did not answer for about 9 s, or cannot store; some may have
                been appended.
        """
        pipe = self._redis.pipeline(transaction=False)
        for envelope in envelopes:
            pipe.xadd(fact_stream(envelope, self._shards), {BODY: to_body(envelope)})
        with redis_or_unavailable():
            return [entry_id.decode() for entry_id in cast("list[bytes]", await pipe.execute())]
