from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request

from contracts.http import JoinBody, JoinTicket, RoomBody, Rooms, RoomSlug, RoomState
from gateway.api.auth import CallerDep, KeyFirst, TenantDep
from gateway.api.deps import ApiDeps, MeetingsDep, require_meetings
from runtime.web import guarded

router = APIRouter(tags=["rooms"], route_class=KeyFirst)


@asynccontextmanager
async def _signed(request: Request) -> AsyncGenerator[None]:
    deps: ApiDeps = request.app.state.deps
    signature = request.headers.get("authorization", "")
    require_meetings(deps).webhooks.require_signature(signature)
    yield


webhooks = APIRouter(route_class=guarded(_signed))


@router.post("/v1/rooms", status_code=201)
async def open_room(
    body: RoomBody,
    request: Request,
    caller: CallerDep,
    tenant: TenantDep,
    meetings: MeetingsDep,
) -> RoomState:
    """Open a room for a live meeting, with a new session or an open one and its history.

    A session has one room at a time: asked again, the same one is told. The tenant's tier says how
    many may be open; beyond that the answer is 429.
    """
    return await meetings.rooms.open(caller, tenant, body, _page_url(request))


@router.get("/v1/rooms")
async def list_rooms(
    request: Request,
    caller: CallerDep,
    meetings: MeetingsDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[RoomSlug | None, Query(description="`next` of the page before.")] = None,
) -> Rooms:
    """The tenant's rooms that people may join, newest first."""
    page_url = _page_url(request)
    return await meetings.rooms.list(caller, page_url, limit=limit, before=before)


@router.get("/v1/rooms/{room}")
async def look_at_room(
    room: RoomSlug, request: Request, caller: CallerDep, meetings: MeetingsDep
) -> RoomState:
    """A room, and how many people are in it."""
    return await meetings.rooms.get(caller, room, _page_url(request))


@router.delete("/v1/rooms/{room}", status_code=204)
async def delete_room(room: RoomSlug, caller: CallerDep, meetings: MeetingsDep) -> None:
    """Send everybody out; invitations to it are void. The session and what was said stay."""
    await meetings.rooms.delete(caller, room)


@router.post("/v1/rooms/{room}/token", status_code=201)
async def let_in(
    room: RoomSlug,
    body: JoinBody,
    caller: CallerDep,
    tenant: TenantDep,
    meetings: MeetingsDep,
) -> JoinTicket:
    """A LiveKit token for one person, who joins with a client of the caller's own."""
    return await meetings.rooms.let_in(caller, room, body, tenant)


@webhooks.post(
    "/v1/livekit/webhook",
    status_code=204,
    openapi_extra={
        "security": [],
        "requestBody": {
            "required": True,
            "content": {"application/webhook+json": {"schema": {"type": "object"}}},
        },
    },
)
async def hear_of_rooms(
    request: Request,
    meetings: MeetingsDep,
    authorization: Annotated[
        str, Header(max_length=4_000, description="LiveKit's signature of the body.")
    ] = "",
) -> None:
    """For LiveKit: what happens in its rooms. Answered at once, worked on later."""
    meetings.webhooks.take(await request.body(), authorization)


router.include_router(webhooks)


def _page_url(request: Request) -> str:
    """Of the meeting page: as configured, else where the connection came in; no header says it."""
    deps: ApiDeps = request.app.state.deps
    host, port = request.scope["server"]
    listening = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return f"{deps.limits.public_url or listening}/meet"
