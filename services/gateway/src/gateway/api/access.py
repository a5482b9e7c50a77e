"""Who is calling, and what the routes call."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contracts.errors import RejectedError
from gateway.api.browser import cookie_name, require_own_page
from gateway.domain.callers import Caller, hash_of
from gateway.handlers.knowledge import Shelf
from gateway.handlers.overview import Overview
from gateway.handlers.passes import Passes
from gateway.handlers.sessions import SessionDesk
from gateway.handlers.speaking import Asking, Playing
from gateway.ports import Callers, Feeds, Ledger


@dataclass(frozen=True)
class Limits:
    """What a client may take.

    Attributes:
        recording_bytes: of one recording.
        upload_bytes: of one request with documents, all files together.
        streams: open event streams in this process, and of one tenant in it.
        keep_alive_s: silence on an event stream until a comment is sent.
    """

    recording_bytes: int
    upload_bytes: int
    streams: int
    tenant_streams: int
    keep_alive_s: float


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
    limits: Limits


def _doors(request: Request) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


DoorsDep = Annotated[Doors, Depends(_doors)]

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


async def _caller(doors: DoorsDep, key_hash: KeyHashDep) -> Caller:
    caller = await doors.callers.find(key_hash)
    if caller is None:
        raise RejectedError("This key is unknown or was revoked.", code="unauthorized")
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]
