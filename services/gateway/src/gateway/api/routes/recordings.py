from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect

from contracts.errors import RejectedError
from contracts.http import RecordingAccepted
from contracts.ids import SessionId
from contracts.sessions import Addressing
from gateway.api.auth import CallerDep, TenantDep
from gateway.api.deps import DepsDep
from gateway.api.routes.sessions import events_url
from gateway.api.uploads import UploadRoute

router = APIRouter(tags=["speaking"], route_class=UploadRoute)


@router.post(
    "/v1/sessions/{session_id}/recording",
    status_code=202,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def upload_recording(  # noqa: PLR0913, PLR0917 - FastAPI names a parameter each
    session_id: SessionId,
    request: Request,
    caller: CallerDep,
    tenant: TenantDep,
    deps: DepsDep,
    name: Annotated[str, Query(min_length=1, max_length=255)],
    speed: Annotated[Literal["real", "max"], Query()] = "real",
    addressing: Annotated[
        Addressing | None, Query(description="The tenant's configuration says, if this does not.")
    ] = None,
) -> RecordingAccepted:
    """Send a recorded meeting as the request's body; it is played into the session, once."""
    uploaded = await deps.recordings.upload(
        caller,
        session_id,
        _received(request),
        name=name,
        speed=speed,
        addressing=addressing or tenant.config.addressing,
    )
    return RecordingAccepted(
        session_id=session_id,
        name=uploaded.name,
        size_bytes=uploaded.size_bytes,
        sha256=uploaded.sha256,
        speed=uploaded.speed,
        addressing=uploaded.addressing,
        events_url=events_url(session_id),
    )


async def _received(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect as error:
        raise RejectedError("The upload was cut off.", code="bad_request") from error
