"""Idle sessions close by themselves, one after the other, whatever one of them does."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId
from contracts.sessions import SessionClosed
from gateway.handlers.idle_sessions import AT_ONCE, close_idle_sessions
from gateway.ports.outbox import Outbox
from gateway.ports.sessions import SessionStore
from runtime.bad_rows import BadRows
from runtime.ids import new_id
from support.meeting.clock import VirtualClock

ACME = TenantId("acme")


class FakeSessions:
    """Sessions that are overdue, oldest first; `broken` ones cannot be closed."""

    def __init__(self, overdue: list[SessionId], broken: dict[SessionId, Exception]) -> None:
        self.open, self._broken = overdue, broken
        self.closed: list[SessionId] = []

    async def overdue(self, limit: int) -> Sequence[tuple[TenantId, SessionId]]:
        return [(ACME, session_id) for session_id in self.open[:limit]]

    async def close(self, event: Envelope[SessionClosed]) -> bool:
        session_id = event.session_id
        assert session_id is not None
        if session_id in self._broken:
            raise self._broken[session_id]
        self.open.remove(session_id)
        self.closed.append(session_id)
        return True


class FakeOutbox:
    def envelope(self, fact: SessionClosed, **about: Any) -> Envelope[SessionClosed]:
        return Envelope[SessionClosed](
            id=EventId(new_id()),
            type=fact.event_type,
            occurred_at=datetime(2026, 11, 21, tzinfo=UTC),
            data=fact,
            **about,
        )

    async def publish(self, event: Envelope[Any]) -> None: ...


async def close(sessions: FakeSessions, bad: BadRows) -> None:
    await close_idle_sessions(
        idle=sessions,
        sessions=cast(SessionStore, sessions),
        outbox=cast(Outbox, FakeOutbox()),
        bad=bad,
    )


async def test_as_many_bad_ones_as_are_looked_at_in_one_go_keep_no_other_open() -> None:
    ids = [SessionId(new_id()) for _ in range(AT_ONCE + 3)]
    sessions = FakeSessions(list(ids), {one: ValueError() for one in ids[:AT_ONCE]})
    bad = BadRows("idle session", VirtualClock())
    await close(sessions, bad)
    await close(sessions, bad)
    assert sessions.closed == ids[AT_ONCE:]


async def test_a_database_that_is_away_is_nobodys_fault() -> None:
    [one] = ids = [SessionId(new_id())]
    bad = BadRows("idle session", VirtualClock())
    with pytest.raises(UnavailableError):
        await close(FakeSessions(ids, {one: UnavailableError("away")}), bad)
    assert one not in bad
