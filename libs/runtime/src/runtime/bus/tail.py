"""Follow the facts as they are stated: no group, nothing acknowledged, nothing changed."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

from redis.asyncio import Redis

from contracts.streams import stream_key
from runtime.bus.envelopes import BODY
from runtime.cancellation import stop_if_cancelled
from runtime.redis_client import redis_or_unavailable

PAGE = 100
BLOCK_MS = 1_000


async def tail_facts(
    redis: Redis, event_types: Sequence[str], *, shards: int = 1
) -> AsyncGenerator[bytes]:
    """Bodies (an envelope's JSON each) stated from now on, in order within a stream, for ever.

    Raises:
        UnavailableError: Redis does not answer.
    """
    # redis-py types these replies for all protocols at once.
    client = cast("Any", redis)
    keys = [stream_key(name, shard) for name in event_types for shard in range(shards)]
    with redis_or_unavailable():
        last = {key: await _end(client, key) for key in keys}
        while True:
            stop_if_cancelled()
            for key, entries in await client.xread(last, count=PAGE, block=BLOCK_MS) or ():
                for entry_id, fields in entries:
                    last[key.decode()] = entry_id.decode()
                    yield fields.get(BODY, b"")


async def _end(client: Any, key: str) -> str:
    """Where a stream ends now: `$` would miss what comes between two reads."""
    newest = await client.xrevrange(key, count=1)
    return newest[0][0].decode() if newest else "0-0"
