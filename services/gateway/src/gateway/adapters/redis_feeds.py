from collections.abc import AsyncGenerator
from contextlib import aclosing

from contracts.ids import SessionId
from gateway.ports import FeedGap, FeedItem
from runtime.feed import FeedGapError, FeedReader


class RedisFeeds:
    def __init__(self, reader: FeedReader) -> None:
        self._reader = reader

    async def follow(
        self, session_id: SessionId, *, after: str | None
    ) -> AsyncGenerator[FeedItem | FeedGap]:
        try:
            async with aclosing(self._reader.follow(session_id, after=after)) as items:
                async for entry_id, entry in items:
                    yield FeedItem(entry_id, entry)
        except FeedGapError as gap:
            yield FeedGap(gap.oldest)
