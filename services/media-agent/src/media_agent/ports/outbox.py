"""Where facts and feed entries go, and where the feed comes back from."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Protocol

from contracts.fact import Envelope, Fact
from contracts.feed import FeedEntry
from contracts.ids import EventId, SessionId, TenantId


class Outbox(Protocol):
    """States what happens in one session: facts, and what the session feed shows of them.

    Ids follow from what happened when, so what is stated twice is one fact.
    """

    @property
    def tenant_id(self) -> TenantId: ...

    @property
    def session_id(self) -> SessionId: ...

    def id_of(self, fact: Fact) -> EventId:
        """Id of the fact as stated here; for its feed entry."""
        ...

    async def state(self, *facts: Fact, feed: Sequence[FeedEntry] = ()) -> None:
        """State all in order.

        Raises:
            LostError: somebody else plays this session by now.
            UnavailableError: Redis does not answer, and this outbox keeps nothing for later.
        """
        ...


class Tell(Protocol):
    """Appends to a session's feed outside of a delivery; event ids make repeats harmless."""

    async def __call__(self, session_id: SessionId, /, *entries: FeedEntry) -> object:
        """In order.

        Raises:
            UnavailableError: Redis does not answer; some may have been appended.
        """
        ...


class Publish(Protocol):
    """States facts outside of a delivery; event ids make repeats harmless."""

    async def __call__(self, *envelopes: Envelope[Any]) -> object:
        """In order.

        Raises:
            UnavailableError: Redis does not answer; some may have been appended.
        """
        ...


class FeedItem(Protocol):
    """An entry of the session feed, and its id."""

    @property
    def entry_id(self) -> str: ...

    @property
    def entry(self) -> FeedEntry: ...


Follow = Callable[[SessionId, str | None], AsyncGenerator[FeedItem]]
"""Entries of the session's feed after an entry id (None: from its beginning), then new ones."""
