"""Open, read and close sessions."""

from dataclasses import dataclass, replace

from contracts.conversation import TurnTaken
from contracts.errors import RejectedError
from contracts.http import Cost, Frames, Messages, SessionState, SessionSummary, Snapshot
from contracts.ids import FrameId, SessionId, TurnId
from contracts.media import FrameKept, MeetingEnded, MeetingStarted
from contracts.sessions import SessionClosed, SessionOpened
from contracts.vision import FrameDescribed
from gateway.domain.callers import Caller
from gateway.domain.money import cost_of
from gateway.domain.pagination import page_of
from gateway.domain.session_history import PROJECTED_FACTS, SessionHistory, SessionRow
from gateway.domain.session_view import frames_of, questions_of, snapshot_of, state_of, summarise
from gateway.ports.feedback import FeedbackStore
from gateway.ports.feeds import Picture, Pictures
from gateway.ports.outbox import Outbox
from gateway.ports.sessions import SessionStore
from gateway.ports.usage import Backlog, UsageLedger, UsageQuery
from runtime.clock import Clock
from runtime.ids import new_id

NO_SESSION = "There is no such session."


def no_session() -> RejectedError:
    """The same whether it never was or is another tenant's."""
    return RejectedError(NO_SESSION, code="not_found")


def require_open(session: SessionRow) -> None:
    if session.closed_at is not None:
        raise RejectedError("This session is closed; open a new one.", code="conflict")


@dataclass(frozen=True)
class SessionService:
    """Open, close and read a session; what goes into it is elsewhere."""

    store: SessionStore
    outbox: Outbox
    ledger: UsageLedger
    backlog: Backlog
    pictures: Pictures
    feedback: FeedbackStore
    clock: Clock

    async def open(self, caller: Caller, title: str) -> SessionState:
        row = SessionRow(SessionId(new_id()), title, self.clock.now())
        await self.begin(caller, row)
        return state_of(SessionHistory(row, ()))

    async def begin(self, caller: Caller, row: SessionRow) -> None:
        """Save a new session and publish it."""
        caller.require("write")
        event = self.outbox.envelope(
            SessionOpened(title=row.title), tenant_id=caller.tenant_id, session_id=row.session_id
        )
        await self.store.open(event, row)
        await self.outbox.publish(event)

    async def close(self, caller: Caller, session_id: SessionId) -> None:
        """Closing what is closed changes nothing."""
        caller.require("write")
        await self.find(caller, session_id)
        event = self.outbox.envelope(
            SessionClosed(reason="closed"), tenant_id=caller.tenant_id, session_id=session_id
        )
        if await self.store.close(event):
            await self.outbox.publish(event)

    async def find(self, caller: Caller, session_id: SessionId) -> SessionRow:
        caller.require("read")
        row = await self.store.find(caller.tenant_id, session_id)
        if row is None:
            raise no_session()
        return row

    async def get(self, caller: Caller, session_id: SessionId) -> SessionState:
        caller.require("read")
        history = await self.store.history(
            caller.tenant_id, session_id, of=(MeetingStarted, MeetingEnded)
        )
        if history is None:
            raise no_session()
        return state_of(history)

    async def messages(
        self, caller: Caller, session_id: SessionId, *, limit: int, after: TurnId | None
    ) -> Messages:
        questions = questions_of(await self._history(caller, session_id))
        page = page_of([(one.turn_id, one) for one in questions], limit=limit, after=after)
        return Messages(messages=page.items, next=page.next)

    async def frames(
        self, caller: Caller, session_id: SessionId, *, limit: int, after: FrameId | None
    ) -> Frames:
        frames = frames_of(await self._history(caller, session_id))
        page = page_of([(one.frame_id, one) for one in frames], limit=limit, after=after)
        return Frames(frames=page.items, next=page.next)

    async def snapshot(self, caller: Caller, session_id: SessionId) -> Snapshot:
        return snapshot_of(await self._history(caller, session_id))

    async def summary(self, caller: Caller, session_id: SessionId) -> SessionSummary:
        """What every process still has to do is shown to administrators only."""
        # Asked first: when nothing is pending then, what is read after it is all there is.
        backlog = await self.backlog.counts() if caller.may("admin") else None
        history = await self._history(caller, session_id)
        return summarise(history, await self._cost(caller, session_id), backlog)

    async def picture(self, caller: Caller, session_id: SessionId, frame_id: FrameId) -> Picture:
        """Raises RejectedError("not_found") also when its lifetime is over."""
        caller.require("read")
        history = await self.store.history(
            caller.tenant_id, session_id, of=(FrameKept, FrameDescribed)
        )
        if history is None:
            raise no_session()
        frame = next((one for one in history.of(FrameKept) if one.frame_id == frame_id), None)
        described = next(
            (one for one in history.of(FrameDescribed) if one.frame_id == frame_id), None
        )
        # The masked picture where there is one: what policy hides stays hidden here as well.
        masked = described.picture if described is not None else None
        best = masked or (frame.picture if frame is not None else None)
        picture = await self.pictures.get(best.key) if best is not None else None
        if picture is None:
            raise RejectedError("There is no such picture, or no longer.", code="not_found")
        return picture

    async def _history(self, caller: Caller, session_id: SessionId) -> SessionHistory:
        caller.require("read")
        history = await self.store.history(caller.tenant_id, session_id, of=PROJECTED_FACTS)
        if history is None:
            raise no_session()
        turn_ids = [turn.turn_id for turn in history.of(TurnTaken)]
        if not turn_ids:
            return history
        return replace(history, feedback=await self.feedback.of_turns(caller.tenant_id, turn_ids))

    async def _cost(self, caller: Caller, session_id: SessionId) -> Cost:
        query = UsageQuery(by="service", session_id=session_id)
        return cost_of(await self.ledger.usage(caller.tenant_id, query))
