"""What the front door needs of the outside. Every method may raise UnavailableError.

Whatever takes a tenant sees that tenant's data alone: another's id is as absent as one never made.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from contracts.conversation import FeedbackGiven, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.feed import FeedEntry
from contracts.http import Document, DocumentText, Every, Feedback, UsageBy, UsageReport
from contracts.ids import DocumentId, KeyId, SessionId, TenantId, TurnId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentUploaded,
    Passage,
    Progress,
)
from contracts.sessions import RecordingUploaded, SessionClosed
from contracts.tenants import KeyState, TenantConfig, TenantState
from gateway.domain.callers import Caller
from gateway.domain.story import Figures, SessionRow, Story


class Callers(Protocol):
    """Keys in force."""

    async def find(self, key_hash: str) -> Caller | None:
        """None when no such key was made, or it was revoked."""
        ...


class Sessions(Protocol):
    """Sessions and what is told of them. A fact of our own is saved with its row, to be stated."""

    async def open(self, event: Envelope[Any], row: SessionRow) -> None:
        """Save a session with its SessionOpened."""
        ...

    async def close(self, event: Envelope[SessionClosed]) -> bool:
        """Save a session's close; False when it was closed already, then nothing is saved.

        One for being idle is saved only while the session is.
        """
        ...

    async def find(self, tenant_id: TenantId, session_id: SessionId) -> SessionRow | None: ...

    async def story(
        self, tenant_id: TenantId, session_id: SessionId, *, of: Sequence[type[Fact]]
    ) -> Story | None:
        """The session with the facts of these classes; None when there is no such session."""
        ...

    async def take_turn(self, event: Envelope[TurnTaken]) -> Envelope[TurnTaken]:
        """Save a written TurnTaken and return it; when it was taken already, the one saved then."""
        ...

    async def add_recording(self, event: Envelope[RecordingUploaded]) -> bool:
        """Save the session's recording; False when it has one already."""
        ...

    async def has_recording(self, tenant_id: TenantId, session_id: SessionId) -> bool: ...

    async def keep(self, tenant_id: TenantId, events: Sequence[Envelope[Any]]) -> None:
        """Keep facts that tell a session's story, each once."""
        ...


class Stories(Protocol):
    """Many sessions' stories at once."""

    async def newest(
        self,
        tenant_id: TenantId,
        *,
        of: Sequence[type[Fact]],
        limit: int,
        before: SessionId | None = None,
        since: datetime | None = None,
    ) -> Sequence[Story]:
        """At most `limit` sessions, newest first, with the facts of these classes.

        Args:
            tenant_id: whose.
            of: classes of the facts.
            limit: of sessions.
            before: only older sessions than this one, which need not exist.
            since: only sessions opened then or later.
        """
        ...


class Documents(Protocol):
    """Documents and their status."""

    async def list(
        self, tenant_id: TenantId, *, limit: int, after: str | None
    ) -> Sequence[Document]:
        """By name, those after this name."""
        ...

    async def find(self, tenant_id: TenantId, document_id: DocumentId) -> Document | None: ...

    async def same(self, tenant_id: TenantId, sha256: str) -> Document | None:
        """A document with the very same bytes that was not rejected."""
        ...

    async def upload(self, event: Envelope[DocumentUploaded]) -> str | None:
        """Save an upload, in place of an older one of this name; the older one's file, if any."""
        ...

    async def remove(self, event: Envelope[Any]) -> str | None:
        """Save a removal; the removed document's file, None when there is no such document."""
        ...

    async def settle(self, event: Envelope[DocumentIndexed] | Envelope[DocumentRejected]) -> None:
        """Note what became of the upload that the event follows from, unless a newer one came."""
        ...


class Indexing(Protocol):
    """How far rag is with documents."""

    async def progress(
        self, tenant_id: TenantId, document_ids: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Progress]:
        """Of those that are being worked on; the others, and what cannot be told, are left out."""
        ...


class Statements(Protocol):
    """Facts of our own: saved with their rows elsewhere, stated here."""

    def envelope(
        self,
        fact: Fact,
        *,
        tenant_id: TenantId,
        session_id: SessionId | None = None,
        event_id: UUID | None = None,
    ) -> Envelope[Any]:
        """A first cause; a new id unless one is given."""
        ...

    async def state(self, event: Envelope[Any]) -> None:
        """State a saved fact and mark it; never raises UnavailableError: the sweep comes after."""
        ...

    async def restate(self, *, before: datetime) -> int:
        """State what was saved before then and is not marked; how many that were."""
        ...


class Stored(Protocol):
    """A file that was stored."""

    @property
    def name(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...


class Originals(Protocol):
    """The file store."""

    async def put(
        self, tenant_id: TenantId, name: str, chunks: AsyncIterable[bytes], *, max_bytes: int
    ) -> Stored:
        """Store whole or not at all.

        Raises:
            RejectedError: code "file_too_large"; nothing is left behind.
        """
        ...

    async def delete(self, tenant_id: TenantId, name: str) -> bool: ...


class FeedItem(NamedTuple):
    """An entry of the session feed with its id."""

    entry_id: str
    entry: FeedEntry


class FeedGap(NamedTuple):
    """Entries that were asked for are gone; the feed goes on from `oldest` (None: is empty)."""

    oldest: str | None


class Feeds(Protocol):
    """Session feeds."""

    def follow(
        self, session_id: SessionId, *, after: str | None
    ) -> AsyncGenerator[FeedItem | FeedGap]:
        """Entries after `after`, then new ones as they come, for ever; ends with a gap."""
        ...


class Knowledge(Protocol):
    """rag's search."""

    async def text(
        self, tenant_id: TenantId, document_id: DocumentId, *, at: int
    ) -> DocumentText | None:
        """The page of a document's text that a place lies on; None when it is not indexed."""
        ...

    async def search(self, tenant_id: TenantId, text: str, *, limit: int) -> Sequence[Passage]:
        """Best first; empty when the documents do not say."""
        ...


@dataclass(frozen=True)
class UsageQuery:
    """Which use is asked for."""

    by: UsageBy
    since: datetime | None = None
    session_id: SessionId | None = None
    every: Every | None = None


class Ledger(Protocol):
    """metering's figures."""

    async def usage(self, tenant_id: TenantId, query: UsageQuery) -> UsageReport:
        """Added up, also by time when `every` is given."""
        ...


class Backlog(Protocol):
    """The bus's figures, over all tenants."""

    async def figures(self) -> Figures: ...


class Picture(NamedTuple):
    """Bytes and what they are."""

    data: bytes
    media_type: str


class Pictures(Protocol):
    """Pictures of kept frames, while they last."""

    async def get(self, key: str) -> Picture | None: ...


class Tenants(Protocol):
    """Tenants and how they are configured."""

    async def get(self, tenant_id: TenantId) -> TenantState:
        """As it was a few seconds ago at the most; UnavailableError before it was ever read."""
        ...

    async def configure(self, tenant_id: TenantId, config: TenantConfig) -> TenantState:
        """Save the whole configuration; every service has it within seconds."""
        ...


class KeyRing(Protocol):
    """A tenant's keys."""

    async def add(self, key: KeyState, key_hash: str) -> None: ...

    async def list(self, tenant_id: TenantId) -> Sequence[KeyState]:
        """Newest first, revoked ones too."""
        ...

    async def revoke(self, tenant_id: TenantId, key_id: KeyId, at: datetime) -> bool:
        """False when there is no such key; a second time changes nothing."""
        ...


@dataclass(frozen=True)
class Allowance:
    """What a sliding minute has left.

    Attributes:
        limit: in a minute.
        left: after this request.
        wait_s: until there is room again; 0 when there is.
        reset_s: until all of it is there again.
    """

    limit: int
    left: int
    wait_s: int
    reset_s: int


class Rates(Protocol):
    """How often who did what in the last minute."""

    async def take(self, tenant_id: TenantId, what: str, *, limit: int) -> Allowance:
        """Count one more, unless the limit is reached (then `wait_s` > 0 and nothing counts)."""
        ...


class FeedbackBook(Protocol):
    """What people think of answers."""

    async def put(self, event: Envelope[FeedbackGiven]) -> None:
        """Save it, in place of an earlier one on this turn."""
        ...

    async def find(
        self, tenant_id: TenantId, session_id: SessionId, turn_id: TurnId
    ) -> Feedback | None: ...

    async def of_turns(self, tenant_id: TenantId, turn_ids: Sequence[TurnId]) -> Sequence[Feedback]:
        """What was thought of these answers, at most one for each."""
        ...


class IdleSessions(Protocol):
    """Open sessions in which nothing happens."""

    async def overdue(self, limit: int) -> Sequence[tuple[TenantId, SessionId]]:
        """Those that should be closed by now, longest overdue first, over all tenants."""
        ...


class Retention(Protocol):
    """Sessions whose tenant's time to keep them is over."""

    async def overdue(self, limit: int) -> Sequence[tuple[TenantId, SessionId]]:
        """Those to be forgotten by now, longest closed first, over all tenants."""
        ...

    async def files(self, tenant_id: TenantId, session_id: SessionId) -> Sequence[str]:
        """What lies in the file store for a session, by name."""
        ...

    async def forget(self, tenant_id: TenantId, session_id: SessionId) -> bool:
        """All that is known of a session; False: it is gone already, or its time is not over."""
        ...
