from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request

from contracts.ids import SessionId
from gateway.api.auth import CallerDep, KeyHashDep, TenantDep
from gateway.api.deps import DepsDep
from gateway.api.sse.open_streams import OpenStreams, wait_to_open
from gateway.api.sse.revocations import RevocationChecker
from gateway.api.sse.stream import ENTRY_ID, EventStream, Subscription, event_stream

# No body to take, so no look at the key before: in a storm it comes when the wait to open is over.
router = APIRouter(tags=["events"])

KEY_REVOKED: Final = "this key was revoked"


async def _stream_slot(
    session_id: SessionId, request: Request, caller: CallerDep, tenant: TenantDep, deps: DepsDep
) -> AsyncIterator[None]:
    """One of the slots for open streams, until this one has ended."""
    await deps.sessions.find(caller, session_id)
    streams: OpenStreams = request.app.state.streams
    with streams.slot(caller.tenant_id, tenant.limits.event_streams):
        yield


@router.get(
    "/v1/sessions/{session_id}/events",
    response_class=EventStream,
    dependencies=[Depends(wait_to_open, scope="function"), Depends(_stream_slot)],
    responses={200: {"description": "`contracts.feed` entries, and `snapshot` after a gap."}},
)
async def follow_session(
    session_id: SessionId,
    request: Request,
    caller: CallerDep,
    key_hash: KeyHashDep,
    deps: DepsDep,
    last_event_id: Annotated[str | None, Header(pattern=ENTRY_ID)] = None,
) -> EventStream:
    """A session as it happens: from its beginning, or from after `Last-Event-ID`.

    When that is older than what is kept, an event `snapshot` comes first, made from the tables.
    """
    revocations: RevocationChecker = request.app.state.revocations
    snapshot = partial(deps.sessions.snapshot, caller, session_id)
    is_valid = partial(revocations.is_valid, key_hash)
    subscription = Subscription(session_id, last_event_id, snapshot, is_valid, KEY_REVOKED)
    return event_stream(subscription, request, deps)
