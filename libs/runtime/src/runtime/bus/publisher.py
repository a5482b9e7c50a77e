"""Stating first causes, and usage, outside of any delivery."""

from collections.abc import Sequence
from typing import Any, Final, cast

from redis.asyncio import Redis

from contracts.fact import Envelope
from contracts.streams import ServiceName, done_key, shard_of
from runtime.bus.envelopes import BODY, fact_stream, to_body
from runtime.bus.scripts.lua import Call, run_now
from runtime.redis_client import redis_or_unavailable

STATED_REMEMBERED_S: Final = 7 * 24 * 3600
"""As long as the catalogue keeps any fact."""


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

    async def publish_once(self, envelope: Envelope[Any], *, service: ServiceName) -> bool:
        """Append it unless an envelope of this id was: for whoever may die before it notes that.

        Args:
            envelope: its id is the same each time.
            service: who states it; the mark is among its own.

        Returns:
            False: it was stated before, within a week.

        Raises:
            UnavailableError: Redis did not answer, or cannot store.
        """
        shard = shard_of(envelope.ordering_key, self._shards)
        keys = [done_key(service, str(envelope.id), shard), fact_stream(envelope, self._shards)]
        call = Call("state_once", keys, [STATED_REMEMBERED_S, BODY, to_body(envelope)])
        with redis_or_unavailable():
            return bool(await run_now(self._redis, call))
