from fastapi import APIRouter

from contracts.http import Feedback, FeedbackBody
from contracts.ids import SessionId, TurnId
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep

router = APIRouter(tags=["feedback"], route_class=KeyFirst)


@router.put("/v1/sessions/{session_id}/messages/{turn_id}/feedback")
async def give_feedback(
    session_id: SessionId, turn_id: TurnId, body: FeedbackBody, caller: CallerDep, deps: DepsDep
) -> Feedback:
    """Say what you think of an answer, in place of what was said before."""
    return await deps.feedback.give(caller, session_id, turn_id, body)


@router.get("/v1/sessions/{session_id}/messages/{turn_id}/feedback")
async def look_at_feedback(
    session_id: SessionId, turn_id: TurnId, caller: CallerDep, deps: DepsDep
) -> Feedback:
    """The feedback on an answer."""
    return await deps.feedback.get(caller, session_id, turn_id)
