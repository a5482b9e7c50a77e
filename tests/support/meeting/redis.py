"""What the agents of a meeting share, in memory: facts, one feed, what is remembered."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.feed import FeedEntry
from contracts.ids import SessionId
from runtime.feed import FeedItem
from support.meeting.clock import VirtualClock

F = TypeVar("F", bound=Fact)


@dataclass
class FakeRedis:
    """Facts, one feed, and what agents remember; survives them."""

    clock: VirtualClock
    is_away: bool = False
    facts: list[Envelope[Any]] = field(default_factory=list[Envelope[Any]])
    items: list[FeedItem] = field(default_factory=list[FeedItem])
    done: dict[str, str] = field(default_factory=dict[str, str])
    heard_by: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    position: str | None = None
    beats: int = 0
    has_left: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, *envelopes: Envelope[Any]) -> object:
        self.answer()
        self.facts += envelopes
        return None

    async def tell(self, session_id: SessionId, /, *entries: FeedEntry) -> object:
        self.answer()
        self.add(*entries)
        return None

    def add(self, *entries: FeedEntry, ago_s: float = 0.0) -> None:
        """As somebody else writes to the feed."""
        for entry in entries:
            at_ms = round((self.clock.now().timestamp() - ago_s) * 1000)
            self.items.append(FeedItem(f"{at_ms}-{len(self.items)}", entry))
        self.news.set()
        self.news = asyncio.Event()

    async def follow(self, session_id: SessionId, after: str | None) -> AsyncGenerator[FeedItem]:
        ids = [item.entry_id for item in self.items]
        at = 0 if after is None else ids.index(after) + 1
        while True:
            while at < len(self.items):
                at += 1
                yield self.items[at - 1]
            await self.news.wait()

    async def newest(self, session_id: SessionId) -> str | None:
        self.answer()
        return self.items[-1].entry_id if self.items else None

    def answer(self) -> None:
        if self.is_away:
            raise UnavailableError("away")

    def stated(self, kind: type[F]) -> list[F]:
        """Facts of a class, each once."""
        found = {fact.id: fact.data for fact in self.facts if isinstance(fact.data, kind)}
        return list(found.values())

    def fed(self, kind: str) -> list[Any]:
        return [item.entry for item in self.items if item.entry.kind == kind]


@dataclass
class FakeCoordination:
    """What one agent leaves there to others."""

    redis: FakeRedis
    agent: str

    async def beat(self) -> None:
        self.redis.answer()
        self.redis.beats += 1

    async def leave(self) -> None:
        self.redis.answer()
        self.redis.has_left = True

    async def first(self, what: str) -> bool:
        self.redis.answer()
        return self.redis.done.setdefault(what, self.agent) == self.agent

    async def may_state(self, person: str, *, start_ms: int, end_ms: int) -> bool:
        self.redis.answer()
        until_ms, agent = self.redis.heard_by.get(person, (0, self.agent))
        if agent != self.agent and (start_ms + end_ms) // 2 < until_ms:
            return False
        self.redis.heard_by[person] = (end_ms, self.agent)
        return True

    async def note(self, position: str) -> None:
        self.redis.answer()
        self.redis.position = position

    async def noted(self) -> str | None:
        self.redis.answer()
        return self.redis.position
