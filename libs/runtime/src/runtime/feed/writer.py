"""Writing to a session feed, at once or inside a script together with something else."""

from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis

from contracts.feed import FEED_ENTRY, FeedEntry
from contracts.ids import SessionId
from contracts.streams import any_shard, feed_key, shard_of
from runtime.redis_access import Grant
from runtime.redis_client import redis_or_unavailable
from runtime.telemetry import metrics

FEED_LENGTH = 20_000
"""About an hour of a busy meeting; approximate, Redis trims whole nodes."""
FEED_LIFETIME_S = 24 * 3600
FIELD = b"e"
WRITES_FEEDS: Final = (Grant(("xadd", "expire"), (any_shard(feed_key("*", 0)),)),)


@dataclass(frozen=True)
class FeedWrite:
    """One entry as a script's arguments: `XADD key MAXLEN ~ length * e body`, `EXPIRE key s`."""

    key: str
    body: bytes
    length: int = FEED_LENGTH
    lifetime_s: int = FEED_LIFETIME_S


def feed_write(session_id: SessionId, entry: FeedEntry, *, shards: int = 1) -> FeedWrite:
    """An entry as arguments, for scripts that write a feed entry together with something else."""
    key = feed_key(str(session_id), shard_of(str(session_id), shards))
    return FeedWrite(key, FEED_ENTRY.dump_json(entry))


class FeedWriter:
    """Appends entries."""

    def __init__(self, redis: Redis, *, shards: int = 1) -> None:
        self._redis = redis
        self._shards = shards

    async def write(self, session_id: SessionId, *entries: FeedEntry) -> list[str]:
        """Append in order; returns entry ids.

        Raises:
            UnavailableError: Redis does not answer.
        """
        pipe = self._redis.pipeline(transaction=False)
        for entry in entries:
            one = feed_write(session_id, entry, shards=self._shards)
            pipe.xadd(one.key, {FIELD: one.body}, maxlen=one.length, approximate=True)
            pipe.expire(one.key, one.lifetime_s)
        with redis_or_unavailable():
            replies = await pipe.execute()
        for entry in entries:
            metrics.add("feed_entries_total", kind=entry.kind)
        return [entry_id.decode() for entry_id in replies[::2]]
