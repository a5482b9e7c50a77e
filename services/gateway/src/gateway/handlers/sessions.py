"""Open, look at and close sessions."""

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
from gateway.domain.pages import page_of
from gateway.domain.story import (
    TOLD_BY,
    SessionRow,
    Story,
    frames_of,
    questions_of,
    snapshot_of,
    state_of,
    summarise,
)
from gateway.ports import (
    Backlog,
    FeedbackBook,
    Ledger,
    Picture,
    Pictures,
    Sessions,
    Statements,
    UsageQuery,
)
from runtime.clock import Clock
from runtime.ids import new_id

NO_SESSION = "There is no such session."


def no_session() -> RejectedError:
    """The same whether it never was or is another tenant's."""
    return RejectedError(NO_SESSION, code="not_found")


@dataclass(frozen=True)
class SessionDesk:
    """What can be done with a session, but speaking in it."""

    sessions: Sessions
    statements: Statements
    ledger: Ledger
    backlog: Backlog
    pictures: Pictures
    book: FeedbackBook
    clock: Clock

    async def open(self, caller: Caller, title: str) -> SessionState:
        row = SessionRow(SessionId(new_id()), title, self.clock.now())
        await self.begin(caller, row)
        return state_of(Story(row, ()))

    async def begin(self, caller: Caller, row: SessionRow) -> None:
        """Save a new session and state it."""
        caller.require("write")
        event = self.statements.envelope(
            SessionOpened(title=row.title), tenant_id=caller.tenant_id, session_id=row.session_id
        )
        await self.sessions.open(event, row)
        await self.statements.state(event)

    async def close(self, caller: Caller, session_id: SessionId) -> None:
        """Closing what is closed changes nothing."""
        caller.require("write")
        await self.find(caller, session_id)
        event = self.statements.envelope(
            SessionClosed(reason="closed"), tenant_id=caller.tenant_id, session_id=session_id
        )
        if await self.sessions.close(event):
            await self.statements.state(event)

    async def find(self, caller: Caller, session_id: SessionId) -> SessionRow:
        caller.require("read")
        row = await self.sessions.find(caller.tenant_id, session_id)
        if row is None:
            raise no_session()
        return row

    async def look(self, caller: Caller, session_id: SessionId) -> SessionState:
        told = (MeetingStarted, MeetingEnded)
        caller.require("read")
        story = await self.sessions.story(caller.tenant_id, session_id, of=told)
        if story is None:
            raise no_session()
        return state_of(story)

    async def messages(
        self, caller: Caller, session_id: SessionId, *, limit: int, after: TurnId | None
    ) -> Messages:
        questions = questions_of(await self._whole(caller, session_id))
        page = page_of([(one.turn_id, one) for one in questions], limit=limit, after=after)
        return Messages(messages=page.items, next=page.next)

    async def frames(
        self, caller: Caller, session_id: SessionId, *, limit: int, after: FrameId | None
    ) -> Frames:
        frames = frames_of(await self._whole(caller, session_id))
        page = page_of([(one.frame_id, one) for one in frames], limit=limit, after=after)
        return Frames(frames=page.items, next=page.next)

    async def snapshot(self, caller: Caller, session_id: SessionId) -> Snapshot:
        return snapshot_of(await self._whole(caller, session_id))

    async def summary(self, caller: Caller, session_id: SessionId) -> SessionSummary:
        """What every process still has to do is shown to administrators only."""
        # Asked first: when nothing is pending then, what is read after it is all there is.
        figures = await self.backlog.figures() if caller.may("admin") else None
        story = await self._whole(caller, session_id)
        return summarise(story, await self._cost(caller, session_id), figures)

    async def picture(self, caller: Caller, session_id: SessionId, frame_id: FrameId) -> Picture:
        """Raises RejectedError("not_found") also when its lifetime is over."""
        caller.require("read")
        story = await self.sessions.story(
            caller.tenant_id, session_id, of=(FrameKept, FrameDescribed)
        )
        if story is None:
            raise no_session()
        kept = next((one for one in story.of(FrameKept) if one.frame_id == frame_id), None)
        read = next((one for one in story.of(FrameDescribed) if one.frame_id == frame_id), None)
        # The masked picture where there is one: what policy hides stays hidden here as well.
        shown = read.picture if read is not None and read.picture is not None else None
        shown = shown or (kept.picture if kept is not None else None)
        picture = await self.pictures.get(shown.key) if shown is not None else None
        if picture is None:
            raise RejectedError("There is no such picture, or no longer.", code="not_found")
        return picture

    async def _whole(self, caller: Caller, session_id: SessionId) -> Story:
        caller.require("read")
        story = await self.sessions.story(caller.tenant_id, session_id, of=TOLD_BY)
        if story is None:
            raise no_session()
        turn_ids = [turn.turn_id for turn in story.of(TurnTaken)]
        if not turn_ids:
            return story
        return replace(story, feedback=await self.book.of_turns(caller.tenant_id, turn_ids))

    async def _cost(self, caller: Caller, session_id: SessionId) -> Cost:
        query = UsageQuery(by="service", session_id=session_id)
        return cost_of(await self.ledger.usage(caller.tenant_id, query))
