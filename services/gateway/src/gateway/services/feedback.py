"""What people think of answers."""

from dataclasses import dataclass

from contracts.conversation import AnswerCompleted, AnswerRefused, FeedbackGiven
from contracts.errors import RejectedError
from contracts.http import Feedback, FeedbackBody
from contracts.ids import SessionId, TurnId
from gateway.domain.callers import Caller
from gateway.ports.feedback import FeedbackStore
from gateway.ports.outbox import Outbox
from gateway.ports.sessions import SessionStore
from gateway.services.sessions import no_session


@dataclass(frozen=True)
class FeedbackService:
    """Feedback on answers, one for each; a later one takes the place of an earlier one."""

    sessions: SessionStore
    outbox: Outbox
    store: FeedbackStore

    async def give(
        self, caller: Caller, session_id: SessionId, turn_id: TurnId, body: FeedbackBody
    ) -> Feedback:
        """Save it and publish it; also in a session that is closed."""
        caller.require("write")
        history = await self.sessions.history(
            caller.tenant_id, session_id, of=(AnswerCompleted, AnswerRefused)
        )
        if history is None:
            raise no_session()
        if not any(event.data.turn_id == turn_id for event in history.facts):
            raise RejectedError("There is no such answer (yet).", code="not_found")
        event = self.outbox.envelope(
            FeedbackGiven(turn_id=turn_id, rating=body.rating, comment=body.comment),
            tenant_id=caller.tenant_id,
            session_id=session_id,
        )
        await self.store.put(event)
        await self.outbox.publish(event)
        return Feedback(
            turn_id=turn_id,
            rating=body.rating,
            comment=body.comment,
            given_at=event.occurred_at,
        )

    async def get(self, caller: Caller, session_id: SessionId, turn_id: TurnId) -> Feedback:
        caller.require("read")
        found = await self.store.find(caller.tenant_id, session_id, turn_id)
        if found is None:
            raise RejectedError("There is no feedback on such an answer.", code="not_found")
        return found
