"""The session feed: what clients see as it happens. One capped, expiring stream per session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple

from redis.asyncio import Redis

from contracts.feed import FeedEntry
from contracts.ids import SessionId

FEED_LENGTH = 20_000
"""About an hour of a busy meeting; approximate, Redis trims whole nodes."""
FEED_LIFETIME_S = 24 * 3600


@dataclass(frozen=True)
class FeedWrite:
    """One entry as a script's arguments: `XADD key MAXLEN ~ length * e body`, `EXPIRE key s`."""

    key: str
    body: bytes
    length: int = FEED_LENGTH
    lifetime_s: int = FEED_LIFETIME_S


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


def feed_write(session_id: SessionId, entry: FeedEntry, *, shards: int = 1) -> FeedWrite:
    """An entry as arguments, for scripts that write a feed entry together with something else."""
    raise NotImplementedError


class FeedWriter:
    """Appends entries."""

    def __init__(self, redis: Redis, *, shards: int = 1) -> None:
        raise NotImplementedError

    async def write(self, session_id: SessionId, *entries: FeedEntry) -> list[str]:
        """Append in order; returns entry ids.

        Raises:
            UnavailableError: Redis does not answer.
        """
        raise NotImplementedError


class FeedReader:
    """One blocking read per process serves all followers; `run` must be running."""

    def __init__(self, redis_url: str, *, shards: int = 1) -> None:
        raise NotImplementedError

    async def run(self) -> None:
        """Read until cancelled. Outlasts Redis restarts."""
        raise NotImplementedError

    def follow(self, session_id: SessionId, *, after: str | None = None) -> AsyncIterator[FeedItem]:
        """Entries after `after` (None: from the beginning), then new ones as they come, for ever.

        Entries that carry an event id are given once. A slow follower reads behind on its own and
        misses nothing while the feed still has it.

        Raises:
            FeedGapError: at the first step, or when a slow follower was overtaken by the cap.
            UnavailableError: Redis does not answer.
        """
        raise NotImplementedError
