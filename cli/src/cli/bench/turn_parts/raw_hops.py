"""What a turn's hops cost at least: bare XADD and blocking XREAD, without anything of ours."""

import asyncio
import time
from itertools import pairwise
from typing import Final, cast

from redis.asyncio import Redis

from runtime.ids import new_id
from runtime.redis_client import connect_redis

HOPS: Final = 3
"""Between processes, one after the other: the turn to rag, its passages to the router, the
conclusion to the gateway."""
Reply = list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]] | None


async def raw_hops(url: str, turns: int, body: str) -> list[float]:
    """Milliseconds of all hops of a turn, each stage a task of one process."""
    redis = connect_redis(url)
    keys = [f"bench:raw:{new_id()}:{stage}" for stage in range(HOPS)]
    took: list[float] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            stages = [
                tasks.create_task(_pass_on(redis, here, there, turns))
                for here, there in pairwise(keys)
            ]
            last = "0-0"
            for _ in range(turns):
                began = time.perf_counter()
                await redis.xadd(keys[0], {"e": body})
                last, _body = await _next(redis, keys[-1], last)
                took.append((time.perf_counter() - began) * 1000)
            await asyncio.wait(stages)
        await redis.delete(*keys)
    finally:
        await redis.aclose()
    return took


async def _pass_on(redis: Redis, here: str, there: str, turns: int) -> None:
    last = "0-0"
    for _ in range(turns):
        last, body = await _next(redis, here, last)
        await redis.xadd(there, {"e": body})


async def _next(redis: Redis, key: str, last: str) -> tuple[str, bytes]:
    while True:
        # redis-py types replies for both of its clients and both of its protocols at once.
        found = cast("Reply", await redis.xread({key: last}, count=1, block=2_000))
        for _, rows in found or []:
            for entry_id, fields in rows:
                return entry_id.decode(), fields[b"e"]
