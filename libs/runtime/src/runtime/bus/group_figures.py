"""How far each group is: what `parley facts` prints, autoscalers use, and the demo waits for."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from contracts.streams import CATALOGUE, Stream, any_shard, dead_letters_key, stream_key
from runtime.redis_access import Grant
from runtime.redis_client import redis_or_unavailable

COUNT_AT_MOST = 100_000
COUNTS_THE_BACKLOG: Final = (
    Grant(("xinfo|groups", "xlen"), (any_shard(stream_key("*", 0)),)),
    Grant(("xlen",), (any_shard(dead_letters_key(0)),)),
)
"""Of `pending_facts` and `DeadLetters.count`."""


@dataclass(frozen=True)
class GroupFigures:
    """One group on one stream, over all shards.

    Attributes:
        lag: entries not read yet.
        pending: entries read, not finished.
        oldest_ms: age of the oldest entry the group still needs; None when it needs none.
    """

    event_type: str
    group: str
    lag: int
    pending: int
    oldest_ms: int | None


class Measured(NamedTuple):
    """One group on one shard; as in GroupFigures."""

    lag: int
    pending: int
    oldest_ms: int | None


async def group_figures(redis: Redis, *, shards: int = 1) -> list[GroupFigures]:
    """Every group of the catalogue, in its order. A stream or group not provisioned has zeros.

    Raises:
        UnavailableError: Redis does not answer.
    """
    with redis_or_unavailable():
        return [
            await _over_shards(redis, stream, group.service, shards)
            for stream in CATALOGUE
            for group in stream.readers
        ]


async def pending_facts(redis: Redis, *, shards: int = 1) -> int:
    """Lag + pending over all groups: 0 when everything stated has been handled by everyone.

    Reads no facts. Where the server cannot tell a group's lag, all of the stream counts.

    Raises:
        UnavailableError: Redis does not answer.
    """
    keys = [stream_key(stream.name, shard) for stream in CATALOGUE for shard in range(shards)]
    with redis_or_unavailable():
        return sum([await _pending_on(cast("Any", redis), key) for key in keys])


async def _pending_on(client: Any, key: str) -> int:
    rows = await _groups(client, key)
    lags = [await client.xlen(key) if row["lag"] is None else row["lag"] for row in rows]
    return sum(lags) + sum(row["pending"] for row in rows)


async def _groups(client: Any, key: str) -> list[dict[str, Any]]:
    """[] when there is no such stream."""
    try:
        return cast("list[dict[str, Any]]", await client.xinfo_groups(key))
    except NoPermissionError:
        raise
    except ResponseError:
        return []


async def measure_group(redis: Redis, key: str, group: str) -> Measured:
    """Zeros when the stream or the group does not exist."""
    # redis-py types these replies for all protocols at once.
    client = cast("Any", redis)
    rows = await _groups(client, key)
    row = next((row for row in rows if row["name"] == group.encode()), None)
    if row is None:
        return Measured(0, 0, None)
    unread = await client.xrange(key, f"({row['last-delivered-id'].decode()}", "+", count=1)
    lag = row["lag"]
    if lag is None:  # the server cannot tell after deletions in the middle, so count
        after = f"({row['last-delivered-id'].decode()}"
        lag = len(await client.xrange(key, after, "+", count=COUNT_AT_MOST))
    needed: list[bytes] = [entry_id for entry_id, _ in unread]
    if row["pending"]:
        oldest_pending = (await client.xpending(key, group))["min"]
        if oldest_pending is not None:  # else finished since
            needed.append(oldest_pending)
    if not needed:
        return Measured(lag, row["pending"], None)
    seconds, micros = await client.time()
    now_ms = seconds * 1000 + micros // 1000
    oldest = min(int(entry_id.split(b"-")[0]) for entry_id in needed)
    return Measured(lag, row["pending"], max(0, now_ms - oldest))


async def _over_shards(redis: Redis, stream: Stream, group: str, shards: int) -> GroupFigures:
    found = [
        await measure_group(redis, stream_key(stream.name, shard), group) for shard in range(shards)
    ]
    ages = [row.oldest_ms for row in found if row.oldest_ms is not None]
    return GroupFigures(
        stream.name,
        group,
        sum(row.lag for row in found),
        sum(row.pending for row in found),
        max(ages, default=None),
    )
