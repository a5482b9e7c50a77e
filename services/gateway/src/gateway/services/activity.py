"""Looking at many sessions at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.http import Activity, Every, Sessions
from contracts.ids import SessionId
from contracts.media import MeetingEnded, MeetingStarted
from gateway.domain.activity import COUNTED_FROM, activity_of
from gateway.domain.callers import Caller
from gateway.domain.session_view import state_of
from gateway.ports.sessions import SessionHistories

MOST_SESSIONS: Final = 200
"""So many are counted at most: their facts are read one by one."""


@dataclass(frozen=True)
class ActivityService:
    """The tenant's sessions, newest first."""

    histories: SessionHistories

    async def list(self, caller: Caller, *, limit: int, before: SessionId | None) -> Sessions:
        caller.require("read")
        found = await self.histories.newest(
            caller.tenant_id, of=(MeetingStarted, MeetingEnded), limit=limit + 1, before=before
        )
        shown = found[:limit]
        more = len(found) > limit
        return Sessions(
            sessions=tuple(state_of(history) for history in shown),
            next=shown[-1].session.session_id if more else None,
        )

    async def activity(self, caller: Caller, every: Every, since: datetime) -> Activity:
        caller.require("read")
        found = await self.histories.newest(
            caller.tenant_id, of=COUNTED_FROM, limit=MOST_SESSIONS + 1, since=since
        )
        truncated = len(found) > MOST_SESSIONS
        return activity_of(found[:MOST_SESSIONS], every, truncated=truncated)
