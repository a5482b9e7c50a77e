"""What a session's screen showed since it began: a capped stream of its frames, folded when asked.

Why frames and not the folded history: docs/decisions/0020-screen-history.md.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

from redis.asyncio import Redis

from answering.history.placed_text import SeenFrame, seen
from answering.history.record import Record, encode
from answering.screen_history import ScreenHistory
from contracts.ids import SessionId
from contracts.streams import shard_of, tag
from contracts.vision import FrameDescribed
from llm_router.adapters.known_histories import KnownHistories, Row
from llm_router.adapters.lua import script
from llm_router.domain.prompt_injection import screened_texts
from runtime.redis_client import reply_of

MAX_BYTES: Final = 4_500_000
"""Of records; with what Redis adds, a session's history stays below 5 MB."""
MAX_FRAMES: Final = 6_000
"""Four hours of 22 a minute."""
INFLATED_RATIO: Final = 4
"""A record counts as a quarter of what it becomes in memory at least, however well it packs."""
STANDS_ALONE_EVERY: Final = 32
"""Frames. When the oldest went, those told by them cannot be read until one stands alone."""
STANDS_ALONE_BYTES: Final = MAX_BYTES // 8
"""Or when so much was told since the last that did."""
WRITERS: Final = 256
"""Sessions of which this process knows the frame that it wrote last."""
READ_AT_ONCE: Final = 256


@dataclass(frozen=True)
class _Written:
    """What this process wrote last of a session, which the next frame is told by.

    Attributes:
        told: frames since the last one that stands alone; `told_bytes` with that one.
    """

    entry_id: bytes
    frame: SeenFrame
    told: int = 0
    told_bytes: int = 0

    @property
    def can_tell(self) -> bool:
        return self.told < STANDS_ALONE_EVERY and self.told_bytes < STANDS_ALONE_BYTES

    def then(self, entry_id: bytes, record: Record) -> "_Written":
        told_bytes = self.told_bytes + _size(record)
        return _Written(entry_id, record.frame, self.told + 1, told_bytes)


class RedisScreenHistory:
    """Frames in; the history as of a time out, the same in every process."""

    def __init__(self, redis: Redis, *, shards: int, lifetime: timedelta) -> None:
        self._redis = redis
        self._shards = shards
        self._lifetime_ms = int(lifetime.total_seconds() * 1000)
        # Cast once: redis-py types the reply of a script for both of its clients at once.
        self._keep = cast(Any, redis.register_script(script("keep_frame")))
        self._written: OrderedDict[SessionId, _Written] = OrderedDict()
        self._known = KnownHistories()

    async def add(self, session_id: SessionId, described: FrameDescribed) -> None:
        """Keep a frame. Kept twice it counts once."""
        frame = screened_texts(seen(described))
        last = self._written.pop(session_id, None)
        if last and last.can_tell:
            record = encode(frame, last.frame)
            entry_id = await self._put(session_id, record, last.entry_id)
            if entry_id:
                self._note(session_id, last.then(entry_id, record))
                return
        record = encode(frame, None)
        entry_id = await self._put(session_id, record, b"")
        assert entry_id
        self._note(session_id, _Written(entry_id, record.frame, 0, _size(record)))

    async def as_of(self, session_id: SessionId, until_ms: int | None) -> ScreenHistory:
        """What was known of the screen when this time was now; None: all that is known."""
        key = self._key(session_id)
        oldest = cast("list[Row]", await reply_of(self._redis.xrange(key, count=1)))
        if not oldest:
            self._known.forget(session_id)
            return ScreenHistory()
        async with self._known.of(session_id) as known:
            known.forget_before(oldest[0][0])
            while rows := cast("list[Row]", await reply_of(self._rows(key, known.cursor))):
                await known.take(rows)
            return await known.view(until_ms)

    def _rows(self, key: str, after: bytes) -> Any:
        return self._redis.xrange(key, min=b"(" + after, count=READ_AT_ONCE)

    async def _put(self, session_id: SessionId, record: Record, base: bytes) -> bytes | None:
        args = [base, record.body, _size(record), MAX_BYTES, MAX_FRAMES, self._lifetime_ms]
        return await reply_of(self._keep(keys=[self._key(session_id)], args=args))

    def _note(self, session_id: SessionId, written: _Written) -> None:
        self._written[session_id] = written
        self._written.move_to_end(session_id)
        if len(self._written) > WRITERS:
            self._written.popitem(last=False)

    def _key(self, session_id: SessionId) -> str:
        return f"screen-history:{session_id}:{tag(shard_of(str(session_id), self._shards))}"


def _size(record: Record) -> int:
    return max(len(record.body), record.raw_bytes // INFLATED_RATIO)
