"""A session as it happens: its feed, and the pictures of its frames."""

from collections.abc import AsyncGenerator
from typing import Protocol

from contracts.ids import SessionId
from runtime.feed import FeedItem


class Feeds(Protocol):
    """Session feeds."""

    def follow(self, session_id: SessionId, *, after: str | None) -> AsyncGenerator[FeedItem]:
        """Entries after `after`, then new ones as they come, for ever.

        Raises:
            FeedGapError: some that were asked for are gone.
        """
        ...


class Picture(Protocol):
    """Bytes and what they are."""

    @property
    def data(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...


class Pictures(Protocol):
    """Pictures of kept frames, while they last."""

    async def get(self, key: str) -> Picture | None: ...
