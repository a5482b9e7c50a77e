"""Sessions and what happened in them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from contracts.conversation import TurnTaken
from contracts.fact import Envelope, Fact
from contracts.ids import SessionId, TenantId
from contracts.sessions import RecordingUploaded, SessionClosed
from gateway.domain.session_history import SessionHistory, SessionRow


class SessionStore(Protocol):
    """Sessions and their facts. A fact of our own is saved with its row, for the outbox."""

    async def open(self, event: Envelope[Any], row: SessionRow) -> None:
        """Save a session with its SessionOpened."""
        ...

    async def close(self, event: Envelope[SessionClosed]) -> bool:
        """Save a session's close; False when it was closed already, then nothing is saved.

        One for being idle is saved only while the session is.
        """
        ...

    async def find(self, tenant_id: TenantId, session_id: SessionId) -> SessionRow | None: ...

    async def history(
        self, tenant_id: TenantId, session_id: SessionId, *, of: Sequence[type[Fact]]
    ) -> SessionHistory | None:
        """The session with the facts of these classes; None when there is no such session."""
        ...

    async def add_turn(self, event: Envelope[TurnTaken]) -> Envelope[TurnTaken]:
        """Save a written TurnTaken and return it; when it was there already, the one saved then."""
        ...

    async def add_recording(self, event: Envelope[RecordingUploaded]) -> bool:
        """Save the session's recording; False when it has one already."""
        ...

    async def has_recording(self, tenant_id: TenantId, session_id: SessionId) -> bool: ...

    async def add_facts(self, tenant_id: TenantId, events: Sequence[Envelope[Any]]) -> None:
        """Save facts of a session's history, each once."""
        ...


class SessionHistories(Protocol):
    """Many sessions' histories at once."""

    async def newest(
        self,
        tenant_id: TenantId,
        *,
        of: Sequence[type[Fact]],
        limit: int,
        before: SessionId | None = None,
        since: datetime | None = None,
    ) -> Sequence[SessionHistory]:
        """At most `limit` sessions, newest first, with the facts of these classes.

        Args:
            tenant_id: whose.
            of: classes of the facts.
            limit: of sessions.
            before: only older sessions than this one, which need not exist.
            since: only sessions opened then or later.
        """
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
