"""Following session feeds: one blocking read per process and shard serves all followers."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, cast

from redis.exceptions import ResponseError

from contracts.feed import FeedEntry
from contracts.ids import SessionId
from contracts.streams import any_shard, feed_key, shard_of, tag
from runtime.cancellation import stop_if_cancelled
from runtime.feed.follower import Follower, Repeats
from runtime.feed.writer import FIELD
from runtime.redis_access import Grant
from runtime.redis_client import (
    OUTSIDE_FAILED,
    as_unavailable,
    connect_redis,
    redis_or_unavailable,
)

PAGE = 200
BLOCK_MS = 1_000
"""A new entry wakes the read at once; this only bounds how long an end may take."""


def wake_key(reader: str, shard: int) -> str:
    """Tells the blocking read of a process that it has a feed more to read."""
    return f"feed-wake:{reader}:{tag(shard)}"


WAKE_KEYS: Final = any_shard(wake_key("*", 0))
READS_FEEDS: Final = (
    Grant(("xread", "xrange", "xrevrange", "type"), (any_shard(feed_key("*", 0)), WAKE_KEYS)),
    Grant(("xadd", "expire"), (WAKE_KEYS,)),
)


class FeedItem(NamedTuple):
    """An entry with its id, which is the id of the server-sent event."""

    entry_id: str
    entry: FeedEntry


class FeedGapError(Exception):
    """The id asked for is older than the feed's beginning: a snapshot is needed.

    Attributes:
        oldest: where the feed begins now, an entry id; None when it is gone altogether.
    """

    def __init__(self, oldest: str | None) -> None:
        super().__init__("the feed begins later than the entry asked for")
        self.oldest = oldest


class FeedReader:
    """One blocking read per process (and shard) serves all followers; `run` must be running."""

    def __init__(self, redis_url: str, *, shards: int = 1) -> None:
        # redis-py types replies for all protocols at once; these are bytes.
        self._redis = cast("Any", connect_redis(redis_url))
        self._shards = shards
        self._wake_name = secrets.token_hex(8)
        self._followers: dict[str, list[Follower]] = {}
        self._position: dict[str, str] = {}

    async def run(self) -> None:
        """Read until cancelled. Outlasts Redis restarts."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for shard in range(self._shards):
                    tasks.create_task(self._read_shard(shard))
        finally:
            await self._redis.aclose()

    async def follow(
        self, session_id: SessionId, *, after: str | None = None
    ) -> AsyncGenerator[FeedItem]:
        """Entries after `after` (None: from the beginning), then new ones as they come, for ever.

        Entries that carry an event id are given once. A slow follower reads behind on its own and
        misses nothing while the feed still has it. Wrap it in `contextlib.aclosing`, so that a
        follower that leaves is forgotten at once.

        Raises:
            FeedGapError: at the first step, or when a slow follower was overtaken by the cap.
            UnavailableError: Redis does not answer.
        """
        shard = shard_of(str(session_id), self._shards)
        follower = Follower(feed_key(str(session_id), shard))
        repeats = Repeats()
        last = after or "0-0"
        try:
            with redis_or_unavailable():
                await self._join(follower, shard)
                while True:
                    async for entry_id, body in self._from_stream(follower.key, last):
                        last = entry_id
                        if (entry := repeats.parsed_if_new(entry_id, body)) is not None:
                            yield FeedItem(last, entry)
                    stop_if_cancelled()
                    while (fresh := await follower.fresh.get()) is not None:
                        if _order(fresh[0]) <= _order(last):
                            continue
                        last = fresh[0]
                        if (entry := repeats.parsed_if_new(*fresh)) is not None:
                            yield FeedItem(last, entry)
                    follower.is_behind = False
        finally:
            self._leave(follower)

    async def newest(self, session_id: SessionId) -> str | None:
        """Entry id of the newest entry; None for an empty feed.

        Raises:
            UnavailableError: Redis does not answer.
        """
        key = feed_key(str(session_id), shard_of(str(session_id), self._shards))
        with redis_or_unavailable():
            rows = await self._redis.xrevrange(key, count=1)
        return rows[0][0].decode() if rows else None

    async def _join(self, follower: Follower, shard: int) -> None:
        """Be given everything from now on; what is older, the follower reads itself."""
        if follower.key not in self._position:
            newest = await self._redis.xrevrange(follower.key, count=1)
            self._position.setdefault(follower.key, newest[0][0].decode() if newest else "0-0")
        self._followers.setdefault(follower.key, []).append(follower)
        await self._redis.xadd(self._wake_key(shard), {b"w": b""}, maxlen=1, approximate=False)

    def _leave(self, follower: Follower) -> None:
        others = self._followers.get(follower.key, [])
        if follower in others:
            others.remove(follower)
        if not others:
            self._followers.pop(follower.key, None)
            self._position.pop(follower.key, None)

    async def _from_stream(self, key: str, after: str) -> AsyncGenerator[tuple[str, bytes]]:
        """Pages of what stands in the stream after an id."""
        await self._check_gap(key, after)
        while True:
            rows = await self._redis.xrange(key, f"({after}", "+", count=PAGE)
            for entry_id, fields in rows:
                after = entry_id.decode()
                yield after, fields.get(FIELD, b"")
            if len(rows) < PAGE:
                return

    async def _check_gap(self, key: str, after: str) -> None:
        if after == "0-0":
            return
        first = await self._redis.xrange(key, count=1)
        if not first:
            raise FeedGapError(None)
        oldest = first[0][0].decode()
        # The entry just before the beginning may have been `after` itself only if it still stands.
        if _order(oldest) > _order(after):
            raise FeedGapError(oldest)

    async def _read_shard(self, shard: int) -> None:
        wake = "0-0"
        while True:
            stop_if_cancelled()
            mine = [key for key in self._followers if key.endswith(tag(shard))]
            positions = {key: self._position[key] for key in mine}
            try:
                wake = await self._read_once(shard, wake, positions)
            except OUTSIDE_FAILED:
                await asyncio.sleep(0.5)
            except ResponseError as error:
                if as_unavailable(error) is None:
                    await self._let_go_unreadable(list(positions))
                await asyncio.sleep(0.5)

    async def _let_go_unreadable(self, keys: Sequence[str]) -> None:
        """One key that is no stream fails the read of all: its followers see that by themselves."""
        for key in keys:
            with suppress(*OUTSIDE_FAILED):
                if await self._redis.type(key) not in (b"stream", b"none"):
                    for follower in self._followers.pop(key, []):
                        follower.leave_behind()
                    self._position.pop(key, None)

    async def _read_once(self, shard: int, wake: str, positions: dict[str, str]) -> str:
        """One blocking read of all open feeds, and of the key that tells of a new one."""
        woken_by = self._wake_key(shard)
        reply = await self._redis.xread({woken_by: wake, **positions}, count=PAGE, block=BLOCK_MS)
        for raw_key, entries in _rows(reply):
            key = raw_key.decode()
            if key == woken_by:
                wake = entries[-1][0].decode()
                await self._redis.expire(woken_by, 60)
            else:
                self._deliver(key, entries)
        return wake

    def _deliver(self, key: str, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> None:
        if key not in self._followers:
            return
        for raw_id, fields in entries:
            entry_id = raw_id.decode()
            if _order(entry_id) > _order(self._position[key]):
                self._position[key] = entry_id
                for follower in self._followers[key]:
                    follower.give(entry_id, fields.get(FIELD, b""))

    def _wake_key(self, shard: int) -> str:
        return wake_key(self._wake_name, shard)


def _rows(reply: Any) -> list[tuple[bytes, Any]]:
    """RESP2 gives a list, RESP3 a mapping of lists of pages."""
    if isinstance(reply, dict):
        pages = cast("dict[bytes, list[Any]]", reply)
        return [(key, [row for page in value for row in page]) for key, value in pages.items()]
    return cast("list[tuple[bytes, Any]]", reply or [])


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)
