from typing import Annotated

from fastapi import APIRouter, Query, Response

from contracts.http import Frames, Messages, SessionBody, SessionState, SessionSummary
from contracts.ids import FrameId, SessionId, TurnId
from gateway.api.auth import CallerDep, KeyFirst
from gateway.api.deps import DepsDep

router = APIRouter(tags=["sessions"], route_class=KeyFirst)


@router.post("/v1/sessions", status_code=201)
async def open_session(body: SessionBody, caller: CallerDep, deps: DepsDep) -> SessionState:
    """Open a session: one meeting, or one chat."""
    return await deps.sessions.open(caller, body.title)


@router.get("/v1/sessions/{session_id}")
async def look_at_session(session_id: SessionId, caller: CallerDep, deps: DepsDep) -> SessionState:
    """A session and its meeting."""
    return await deps.sessions.get(caller, session_id)


@router.delete("/v1/sessions/{session_id}", status_code=204)
async def close_session(session_id: SessionId, caller: CallerDep, deps: DepsDep) -> None:
    """Close a session: nothing more is asked in it.

    What was said stays for the tenant's `retention_days`, and is forgotten then.
    """
    await deps.sessions.close(caller, session_id)


@router.get("/v1/sessions/{session_id}/messages")
async def list_messages(
    session_id: SessionId,
    caller: CallerDep,
    deps: DepsDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
    after: Annotated[TurnId | None, Query(description="`next` of the page before.")] = None,
) -> Messages:
    """The questions of a session, spoken or written, each with its answer, in the order asked."""
    return await deps.sessions.messages(caller, session_id, limit=limit, after=after)


@router.get("/v1/sessions/{session_id}/summary")
async def summarise_session(
    session_id: SessionId, caller: CallerDep, deps: DepsDep
) -> SessionSummary:
    """All that is known of a session: heard, seen, asked, answered, spent."""
    return await deps.sessions.summary(caller, session_id)


@router.get("/v1/sessions/{session_id}/frames")
async def list_frames(
    session_id: SessionId,
    caller: CallerDep,
    deps: DepsDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
    after: Annotated[FrameId | None, Query(description="`next` of the page before.")] = None,
) -> Frames:
    """The kept frames of a session: why each was kept, and what was read on it."""
    return await deps.sessions.frames(caller, session_id, limit=limit, after=after)


@router.get(
    "/v1/sessions/{session_id}/frames/{frame_id}",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def show_frame(
    session_id: SessionId, frame_id: FrameId, caller: CallerDep, deps: DepsDep
) -> Response:
    """The picture of a kept frame, while it lasts."""
    picture = await deps.sessions.picture(caller, session_id, frame_id)
    # It never changes, but it goes: by then a browser has forgotten it as well.
    headers = {"Cache-Control": "private, max-age=600"}
    return Response(picture.data, media_type=picture.media_type, headers=headers)


def events_url(session_id: SessionId) -> str:
    """Relative to the address the client used, which we need not know."""
    return f"/v1/sessions/{session_id}/events"
