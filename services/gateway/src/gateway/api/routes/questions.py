from typing import Annotated

from fastapi import APIRouter, Header

from contracts.http import MessageAccepted, MessageBody
from contracts.ids import SessionId
from gateway.api.auth import AskingCallerDep, KeyFirst
from gateway.api.deps import DepsDep
from gateway.api.routes.sessions import events_url

router = APIRouter(tags=["speaking"], route_class=KeyFirst)


@router.post("/v1/sessions/{session_id}/messages", status_code=202)
async def ask_in_writing(
    session_id: SessionId,
    body: MessageBody,
    caller: AskingCallerDep,
    deps: DepsDep,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> MessageAccepted:
    """Ask in writing; the answer arrives as events. A repeated key is the same question."""
    turn_id = await deps.questions.ask(caller, session_id, body, idempotency_key)
    return MessageAccepted(
        session_id=session_id, turn_id=turn_id, events_url=events_url(session_id)
    )
