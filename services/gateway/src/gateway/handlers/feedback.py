"""What people think of answers."""

from dataclasses import dataclass

from contracts.conversation import AnswerCompleted, AnswerRefused, FeedbackGiven
from contracts.errors import RejectedError
from contracts.http import Feedback, FeedbackBody
from contracts.ids import SessionId, TurnId
from gateway.domain.callers import Caller
from gateway.handlers.sessions import no_session
from gateway.ports import FeedbackBook, Sessions, Statements


@dataclass(frozen=True)
class Judging:
    """Feedback on answers, one for each; a later one takes the place of an earlier one."""

    sessions: Sessions
    statements: Statements
    book: FeedbackBook

    async def give(
        self, caller: Caller, session_id: SessionId, turn_id: TurnId, body: FeedbackBody
    ) -> Feedback:
        """Save it and state it; also in a session that is closed."""
        caller.require("write")
        told = (AnswerCompleted, AnswerRefused)
        story = await self.sessions.story(caller.tenant_id, session_id, of=told)
        if story is None:
            raise no_session()
        if not any(event.data.turn_id == turn_id for event in story.facts):
            raise RejectedError("There is no such answer (yet).", code="not_found")
        event = self.statements.envelope(
            FeedbackGiven(turn_id=turn_id, rating=body.rating, comment=body.comment),
            tenant_id=caller.tenant_id,
            session_id=session_id,
        )
        await self.book.put(event)
        await self.statements.state(event)
        return Feedback(
            turn_id=turn_id,
            rating=body.rating,
            comment=body.comment,
            given_at=event.occurred_at,
        )

    async def look(self, caller: Caller, session_id: SessionId, turn_id: TurnId) -> Feedback:
        caller.require("read")
        found = await self.book.find(caller.tenant_id, session_id, turn_id)
        if found is None:
            raise RejectedError("There is no feedback on such an answer.", code="not_found")
        return found
