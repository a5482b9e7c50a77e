"""Stating first causes, and usage, outside of any delivery."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from contracts.fact import Envelope


class Publisher:
    """Appends envelopes to their streams."""

    def __init__(self, redis: Redis, *, shards: int = 1) -> None:
        raise NotImplementedError

    async def publish(self, *envelopes: Envelope[Any]) -> Sequence[str]:
        """Append all, in order, in one round trip.

        Retried over a lost connection, so an entry may be there twice: readers drop a repeated
        event id, so a caller keeps the id when it publishes again.

        Returns:
            Entry ids, in the same order.

        Raises:
            UnavailableError: Redis did not answer for about 9 s; some may have been appended.
        """
        raise NotImplementedError
