"""Puts what a handler returned into envelopes, and these into what a script appends."""

from collections.abc import Sequence
from typing import Any

from contracts.fact import Envelope, Fact
from contracts.feed import FeedEntry
from contracts.ids import EventId
from runtime.bus.envelopes import following, following_id
from runtime.bus.scripts.appends import Append
from runtime.clock import Clock
from runtime.feed import feed_write
from runtime.telemetry import metrics


class EnvelopeWrapper:
    """In one service's name."""

    def __init__(self, *, service: str, shards: int, clock: Clock) -> None:
        self._service = service
        self._shards = shards
        self._clock = clock

    def id_of(self, cause: Envelope[Any], fact: Fact) -> EventId:
        return following_id(cause, fact, service=self._service)

    def facts(self, cause: Envelope[Any], facts: Sequence[Fact]) -> list[Append]:
        """In the given order."""
        now = self._clock.now()
        return [
            Append.of_fact(following(cause, fact, service=self._service, now=now), self._shards)
            for fact in facts
        ]

    def feed(self, cause: Envelope[Any], entries: Sequence[FeedEntry]) -> list[Append]:
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
        return [Append.of_feed(feed_write(session, e, shards=self._shards)) for e in entries]
