"""Who is calling, and what the routes call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contracts.errors import RejectedError, UnavailableError
from contracts.ids import TenantId
from contracts.tenants import TenantState
from gateway.api.browser import cookie_name, require_own_page
from gateway.domain.callers import Caller, hash_of
from gateway.handlers.feedback import Judging
from gateway.handlers.guests import GuestDesk
from gateway.handlers.knowledge import Shelf
from gateway.handlers.overview import Overview
from gateway.handlers.passes import Passes
from gateway.handlers.room_news import RoomNews
from gateway.handlers.rooms import RoomDesk
from gateway.handlers.sessions import SessionDesk
from gateway.handlers.speaking import Asking, Playing
from gateway.handlers.tenancy import Tenancy
from gateway.ports import Allowance, Callers, Feeds, Ledger, Rates, Tenants


@dataclass(frozen=True)
class Limits:
    """What a client may take.

    Attributes:
        recording_bytes: of one recording.
        upload_bytes: of one request with documents, all files together.
        streams: open event streams in this process, and of one tenant in it.
        keep_alive_s: silence on an event stream until a comment is sent.
        recheck_key_s: how often an open event stream's key is asked for again.
        answer_within_s: a request that carries no file is read and answered by then.
        cors_origins: whose pages may call with a key.
        livekit_url: where browsers find LiveKit; None where there are no live meetings.
    """

    recording_bytes: int
    upload_bytes: int
    streams: int
    tenant_streams: int
    keep_alive_s: float
    recheck_key_s: float
    answer_within_s: float
    cors_origins: Sequence[str] = ()
    livekit_url: str | None = None


@dataclass(frozen=True)
class Meetings:
    """What live meetings need; there is none of it without LiveKit."""

    rooms: RoomDesk
    guests: GuestDesk
    news: RoomNews


@dataclass(frozen=True)
class Doors:
    """All that the routes call; made once, in `main.build`."""

    callers: Callers
    desk: SessionDesk
    asking: Asking
    playing: Playing
    shelf: Shelf
    ledger: Ledger
    feeds: Feeds
    overview: Overview
    passes: Passes
    tenancy: Tenancy
    judging: Judging
    tenants: Tenants
    rates: Rates
    limits: Limits
    meetings: Meetings | None = None


def _doors(request: Request) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


DoorsDep = Annotated[Doors, Depends(_doors)]


def _meetings(doors: DoorsDep) -> Meetings:
    if doors.meetings is None:
        raise UnavailableError(
            "There are no live meetings here: start LiveKit (`parley up --livekit`), "
            "or name a server in LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
            code="no_live_meetings",
        )
    return doors.meetings


MeetingsDep = Annotated[Meetings, Depends(_meetings)]

_bearer = HTTPBearer(auto_error=False, description="The API key.")


def _key_hash(
    request: Request,
    doors: DoorsDep,
    presented: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """Of the key that is presented, or that the page's cookie stands for."""
    if presented is not None and presented.credentials:
        return hash_of(presented.credentials)
    shown = request.cookies.get(cookie_name(request))
    key_hash = doors.passes.key_hash_of(shown) if shown else None
    if key_hash is None:
        raise RejectedError("Send `Authorization: Bearer` and your key.", code="unauthorized")
    require_own_page(request)
    return key_hash


KeyHashDep = Annotated[str, Depends(_key_hash)]


async def _caller(request: Request, doors: DoorsDep, key_hash: KeyHashDep) -> Caller:
    caller = await doors.callers.find(key_hash)
    if caller is None:
        raise RejectedError("This key is unknown or was revoked.", code="unauthorized")
    request.state.tenant = await admitted(request, doors, caller.tenant_id)
    return caller


async def admitted(request: Request, doors: Doors, tenant_id: TenantId) -> TenantState:
    """The tenant, whose requests are now one more; its guests' are its own."""
    tenant = await doors.tenants.get(tenant_id)
    per_minute = tenant.limits.requests_per_minute
    admit(request, await doors.rates.take(tenant_id, "requests", limit=per_minute))
    return tenant


CallerDep = Annotated[Caller, Depends(_caller)]


def _tenant(request: Request, _caller: CallerDep) -> TenantState:
    tenant: TenantState = request.state.tenant
    return tenant


TenantDep = Annotated[TenantState, Depends(_tenant)]


async def _asking_caller(
    request: Request, caller: CallerDep, tenant: TenantDep, doors: DoorsDep
) -> Caller:
    per_minute = tenant.limits.questions_per_minute
    admit(request, await doors.rates.take(caller.tenant_id, "questions", limit=per_minute))
    return caller


AskingCallerDep = Annotated[Caller, Depends(_asking_caller)]


def admit(request: Request, allowance: Allowance) -> None:
    """Note for the answer's headers what is left.

    Raises:
        RejectedError: code "rate_limited".
    """
    request.state.allowance = allowance
    if allowance.wait_s:
        raise RejectedError(
            f"The limit of {allowance.limit} a minute is reached; "
            f"try again in {allowance.wait_s} s.",
            code="rate_limited",
        )
