"""Streams and consumer groups, made before any service starts."""

from collections.abc import Iterable

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from contracts.errors import UnavailableError
from contracts.streams import CATALOGUE, stream_key
from runtime.redis_client import redis_or_unavailable


async def provision_streams(redis: Redis, *, shards: int = 1) -> int:
    """Make every stream and group of the catalogue, groups at entry 0; twice changes nothing.

    Returns:
        How many groups were made.

    Raises:
        UnavailableError: Redis does not answer.
    """
    wanted = [
        (stream_key(stream.name, shard), group.service)
        for stream in CATALOGUE
        for group in stream.readers
        for shard in range(shards)
    ]
    with redis_or_unavailable():
        return sum([await _make(redis, key, group) for key, group in wanted])


async def check_groups(redis: Redis, wanted: Iterable[tuple[str, str]]) -> None:
    """Whether each group is there, as (stream's key, group).

    FastStream would make a missing one at the stream's end and lose what stands there.

    Raises:
        UnavailableError: one is missing, or Redis does not answer.
    """
    with redis_or_unavailable():
        for key, group in wanted:
            if not await _has_group(redis, key, group):
                raise UnavailableError(
                    f"group {group} on {key} is missing: run `parley provision`",
                    code="not_provisioned",
                )


async def _has_group(redis: Redis, key: str, group: str) -> bool:
    """False also when there is no such stream."""
    try:
        rows = await redis.xinfo_groups(key)
    except ResponseError:
        return False
    return group.encode() in {row["name"] for row in rows}


async def _make(redis: Redis, key: str, group: str) -> bool:
    try:
        await redis.xgroup_create(key, group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
        return False
    return True
