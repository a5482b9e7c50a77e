"""What must be there before a service starts: streams, consumer groups, rights to use them."""

from collections.abc import Iterable
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from contracts.errors import UnavailableError
from contracts.streams import (
    CATALOGUE,
    ServiceName,
    any_shard,
    dead_letters_key,
    done_key,
    stream_key,
    tag,
)
from runtime.redis_access import Grant
from runtime.redis_client import redis_or_unavailable

# XGROUP CREATE: FastStream asks for it at each start, though the group is there.
READS: Final = ("xreadgroup", "xgroup|create", "xgroup|delconsumer", "xclaim", "xack", "xpending")
LOOKS: Final = ("xinfo|groups", "xinfo|consumers", "xrange", "xpending")
TRIMS: Final = ("exists", "xinfo|groups", "xpending", "xrange", "xtrim")
REMEMBERS: Final = ("exists", "get", "set", "del", "expire", "hget", "hmget", "hset", "hdel")


def turn_key(service: ServiceName, shard: int) -> str:
    """Whose turn it is to trim, of the processes of a service."""
    return f"trimming:{service}:{tag(shard)}"


def tries_key(group: str, entry_id: str, stream: str) -> str:
    """Failures, deaths and progress of an entry; under the stream's hash tag."""
    return f"tries:{group}:{entry_id}:{stream}"


def bus_grants(service: ServiceName) -> tuple[Grant, ...]:
    """What the catalogue gives a service: to read its streams, to write its facts, to keep count.

    Redis knows no rights by group: a stream's readers could take each other's deliveries.
    """
    read = [row for row in CATALOGUE if service in {group.service for group in row.readers}]
    written = [row for row in CATALOGUE if service in row.writers]
    trimmed = [row for row in CATALOGUE if row.trimmed_by == service]
    streams = {row.name: any_shard(stream_key(row.name, 0)) for row in CATALOGUE}
    marks = any_shard(done_key(service, "*", 0))
    tries = any_shard(tries_key(service, "*", stream_key("*", 0)))
    dead_letters = any_shard(dead_letters_key(0))
    grants = (
        Grant((*READS, *LOOKS), tuple(streams[row.name] for row in read)),
        Grant(TRIMS, tuple(streams[row.name] for row in trimmed)),
        Grant(("xadd",), (*(streams[row.name] for row in written), dead_letters)),
        Grant((*REMEMBERS, "hincrby"), (marks, tries)),
        Grant(("set",), (any_shard(turn_key(service, 0)),)),
    )
    return tuple(grant for grant in grants if grant.keys)


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
    except NoPermissionError:
        raise
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
