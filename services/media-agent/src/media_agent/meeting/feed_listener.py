"""Follows a session's feed: what the other services write there comes back to the meeting."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Final

from contracts.errors import UnavailableError
from contracts.ids import SessionId
from media_agent.ports.outbox import FeedItem, Follow
from runtime.clock import Clock
from runtime.feed import FeedGapError

FOLLOW_AGAIN_S: Final = 1.0


async def _go_on() -> None:
    """Read on from where it was read to."""


class FeedListener:
    """Reads one feed entry by entry; outlasts a Redis that is away for a while.

    Attributes:
        position: id of the last entry that was read; None: the feed's beginning comes next.
    """

    def __init__(self, follow: Follow, session_id: SessionId, clock: Clock) -> None:
        self._follow, self._session_id, self._clock = follow, session_id, clock
        self.position: str | None = None

    async def run(
        self,
        take: Callable[[FeedItem], Awaitable[None]],
        *,
        resume: Callable[[], Awaitable[None]] = _go_on,
    ) -> None:
        """Until cancelled.

        Args:
            take: the next entry.
            resume: at the beginning and after each loss, before anything is read; may set
                `position`, and raise UnavailableError.
        """
        while True:
            try:
                await resume()
                await self._read(take)
            except UnavailableError:
                await self._clock.sleep(FOLLOW_AGAIN_S)

    async def _read(self, take: Callable[[FeedItem], Awaitable[None]]) -> None:
        while True:
            try:
                async with aclosing(self._follow(self._session_id, self.position)) as items:
                    async for item in items:
                        self.position = item.entry_id
                        await take(item)
            except FeedGapError:
                self.position = None
