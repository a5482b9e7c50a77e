"""A guest's own little API: one session, and nothing else opens with a guest's cookie."""

from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response

from contracts.errors import UnavailableError
from contracts.http import Invite, JoinBody, JoinTicket, MeetDoor, MeetJoin, SessionCosts
from contracts.ids import FrameId
from contracts.tenants import TenantState
from gateway.api.deps import DepsDep, MeetingsDep
from gateway.api.rate_limit import count_request
from gateway.api.same_origin import meeting_cookie_name, refuse_cross_origin
from gateway.api.sse.open_streams import OpenStreams, wait_to_open
from gateway.api.sse.stream import ENTRY_ID, EventStream, Subscription, event_stream
from gateway.domain.rooms import GUEST_LIFETIME_S, Guest
from gateway.services.meetings.guests import GuestService

router = APIRouter(tags=["meeting page"], prefix="/v1/meet")
GUEST_CUT_OFF: Final = "this meeting is over, or your place in it has expired"


async def _guest(request: Request, deps: DepsDep, meetings: MeetingsDep) -> Guest:
    refuse_cross_origin(request)
    guest = await meetings.guests.read_cookie(request.cookies.get(meeting_cookie_name(request)))
    request.state.tenant = await count_request(request, deps, guest.tenant_id)
    return guest


GuestDep = Annotated[Guest, Depends(_guest)]


def _tenant(request: Request, _guest: GuestDep) -> TenantState:
    tenant: TenantState = request.state.tenant
    return tenant


GuestTenantDep = Annotated[TenantState, Depends(_tenant)]


async def _stream_slot(
    request: Request, guest: GuestDep, tenant: GuestTenantDep, meetings: MeetingsDep
) -> AsyncIterator[None]:
    """Guests' event streams count among their tenant's."""
    await meetings.guests.require_meeting(guest)
    streams: OpenStreams = request.app.state.streams
    with streams.slot(guest.tenant_id, tenant.limits.event_streams):
        yield


class GuestCheck:
    """Whether a guest's meeting goes on, asked once in a while."""

    def __init__(self, guests: GuestService, guest: Guest, every_s: float) -> None:
        self._guests = guests
        self._guest = guest
        self._every_s = every_s
        self._checked_at_s = monotonic()

    async def is_valid(self) -> bool:
        """A database that is away ends no meeting."""
        if monotonic() - self._checked_at_s < self._every_s:
            return True
        self._checked_at_s = monotonic()
        with suppress(UnavailableError):
            return await self._guests.may_stay(self._guest)
        return True


@router.post("/door")
async def look_before_joining(
    body: Invite, request: Request, deps: DepsDep, meetings: MeetingsDep
) -> MeetDoor:
    """What a person is told, and asked, before joining."""
    refuse_cross_origin(request)
    invitation = await meetings.guests.read_invite(body.invite)
    tenant = await count_request(request, deps, invitation.tenant_id)
    return await meetings.guests.door(invitation, tenant)


@router.post("/join")
async def join(
    body: MeetJoin, request: Request, response: Response, deps: DepsDep, meetings: MeetingsDep
) -> JoinTicket:
    """Join by an invitation. The cookie opens the other routes here, for this meeting.

    A browser has one seat in a meeting: joined again, it is the same person.
    """
    refuse_cross_origin(request)
    invitation = await meetings.guests.read_invite(body.invite)
    tenant = await count_request(request, deps, invitation.tenant_id)
    held = request.cookies.get(meeting_cookie_name(request))
    person = JoinBody(name=body.name, consent=body.consent)
    ticket, cookie = await meetings.guests.join(invitation, person, tenant, held)
    response.set_cookie(
        meeting_cookie_name(request),
        cookie,
        max_age=GUEST_LIFETIME_S,
        path="/v1/meet",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return ticket


@router.post("/token")
async def refresh_ticket(
    guest: GuestDep, tenant: GuestTenantDep, meetings: MeetingsDep
) -> JoinTicket:
    """A new token for the same person, to connect again with."""
    return await meetings.guests.refresh(guest, tenant)


@router.get(
    "/events",
    response_class=EventStream,
    dependencies=[Depends(wait_to_open, scope="function"), Depends(_stream_slot)],
    responses={200: {"description": "As the session's own events."}},
)
async def follow_meeting(
    guest: GuestDep,
    request: Request,
    deps: DepsDep,
    meetings: MeetingsDep,
    last_event_id: Annotated[str | None, Header(pattern=ENTRY_ID)] = None,
) -> EventStream:
    """The meeting as it happens: a `snapshot` and all of it, or what is after `Last-Event-ID`."""
    check = GuestCheck(meetings.guests, guest, deps.limits.recheck_key_s)
    snapshot = partial(meetings.guests.snapshot, guest)
    subscription = Subscription(
        guest.session_id,
        last_event_id,
        snapshot,
        check.is_valid,
        GUEST_CUT_OFF,
        snapshot_first=last_event_id is None,
    )
    return event_stream(subscription, request, deps)


@router.get("/costs")
async def price_meeting(guest: GuestDep, deps: DepsDep, meetings: MeetingsDep) -> SessionCosts:
    """What this meeting cost so far, by leg and by question."""
    await meetings.guests.require_meeting(guest)
    return await deps.costs.get(meetings.guests.reader(guest), guest.session_id)


@router.get(
    "/frames/{frame_id}/picture",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def show_frame(frame_id: FrameId, guest: GuestDep, meetings: MeetingsDep) -> Response:
    """The picture of a kept frame of this meeting, while it lasts."""
    picture = await meetings.guests.picture(guest, frame_id)
    headers = {"Cache-Control": "private, max-age=600"}
    return Response(picture.data, media_type=picture.media_type, headers=headers)
