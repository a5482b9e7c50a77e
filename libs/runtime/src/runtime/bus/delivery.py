"""What a long handler holds in its hands; the promise is `reader.Delivery`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from contracts.errors import LostError
from runtime.bus.writes import Write, following, following_id
from runtime.feed import feed_write
from runtime.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from datetime import datetime

    from contracts.fact import Envelope, Fact
    from contracts.feed import FeedEntry
    from contracts.ids import EventId
    from runtime.bus.commit import Begun, Commit
    from runtime.bus.entries import Held
    from runtime.bus.slots import Slots
    from runtime.clock import Clock


class Wrapping:
    """Puts facts into envelopes and these into writes, in one service's name."""

    def __init__(self, *, service: str, shards: int, clock: Clock) -> None:
        self.service = service
        self._shards = shards
        self._clock = clock

    def id_of(self, cause: Envelope[Any], fact: Fact) -> EventId:
        return following_id(cause, fact, service=self.service)

    def facts(self, cause: Envelope[Any], facts: Sequence[Fact]) -> list[Write]:
        """In the given order."""
        now = self._clock.now()
        return [
            Write.of_fact(following(cause, fact, service=self.service, now=now), self._shards)
            for fact in facts
        ]

    def feed(self, cause: Envelope[Any], entries: Sequence[FeedEntry]) -> list[Write]:
        """In the given order.

        Raises:
            ValueError: the cause belongs to no session, so there is no feed.
        """
        if not entries:
            return []
        if cause.session_id is None:
            raise ValueError("feed entries need a session")
        session = cause.session_id
        for entry in entries:
            metrics.add("feed_entries_total", kind=entry.kind)
        return [Write.of_feed(feed_write(session, e, shards=self._shards)) for e in entries]


class HeldDelivery:
    """One run of one long handler."""

    def __init__(
        self, held: Held, begun: Begun, *, commit: Commit, wrapping: Wrapping, slots: Slots
    ) -> None:
        self._held = held
        self._begun = begun
        self._commit = commit
        self._wrapping = wrapping
        self._slots = slots

    @property
    def entry_id(self) -> str:
        return self._held.entry_id

    @property
    def entered_at(self) -> datetime:
        return self._held.entered_at

    @property
    def deadline(self) -> datetime | None:
        return self._held.deadline

    @property
    def noted_ms(self) -> int | None:
        return self._begun.noted_ms

    @property
    def takeovers(self) -> int:
        return self._begun.tries

    def id_of(self, fact: Fact) -> EventId:
        assert self._held.event
        return self._wrapping.id_of(self._held.event, fact)

    async def state(
        self, *facts: Fact, feed: Sequence[FeedEntry] = (), noted_ms: int | None = None
    ) -> None:
        event = self._held.event
        assert event
        writes = [*self._wrapping.facts(event, facts), *self._wrapping.feed(event, feed)]
        if self._held.lost or not await self._commit.state(self._held, writes, noted_ms):
            self._held.lost = True
            raise LostError("another worker owns this delivery now")

    @asynccontextmanager
    async def waiting(self) -> AsyncGenerator[None]:
        suspects = self._held.reading.suspects if self._held.is_alone else None
        if suspects:
            suspects.release()
        self._slots.leave(self._held)
        try:
            yield
        finally:
            try:
                await self._slots.come_back(self._held)
            finally:
                if suspects:
                    await suspects.acquire()
