"""Server-sent events: a session as it happens.

Framed by FastAPI; the response is our own because sse-starlette 3.7 writes every event, so what is
said in meetings, to the debug log.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from contracts.errors import RejectedError, UnavailableError
from contracts.http import Snapshot
from contracts.ids import SessionId
from gateway.api.access import CallerDep, Doors, DoorsDep, KeyHashDep, Limits, TenantDep
from gateway.api.open_streams import KeysInForce, OpenStreams
from gateway.ports import FeedGap, FeedItem, Feeds

log = logging.getLogger(__name__)
router = APIRouter(tags=["events"])

ENTRY_ID: Final = r"^\d{1,15}-\d{1,10}$"
EVENT_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
RETRY_MS: Final = 1_000
"""What a browser waits before it connects again."""
KEY_REVOKED: Final = "this key was revoked"

T = TypeVar("T")


class EventStream(StreamingResponse):
    """FastAPI's own class of this kind is for routes that yield, which begin before they refuse."""

    media_type = "text/event-stream"


class Watch:
    """Over one open stream: when to speak, and whether its reader may still read."""

    def __init__(
        self, limits: Limits, in_force: Callable[[], Awaitable[bool]], cut_off: str
    ) -> None:
        self.in_force = in_force
        self.cut_off = cut_off
        self.every_s = min(limits.keep_alive_s, limits.recheck_key_s)
        self._keep_alive_s = limits.keep_alive_s
        self._spoke_at_s = monotonic()

    def spoke(self) -> None:
        self._spoke_at_s = monotonic()

    def is_silent_too_long(self) -> bool:
        return monotonic() - self._spoke_at_s >= self._keep_alive_s


async def opening(request: Request) -> AsyncIterator[None]:
    """In line with all who open a stream, before anything is looked up for them."""
    streams: OpenStreams = request.app.state.streams
    async with streams.opening():
        yield


async def _place(
    session_id: SessionId, request: Request, caller: CallerDep, tenant: TenantDep, doors: DoorsDep
) -> AsyncIterator[None]:
    """A place among the open streams, until this one has ended."""
    await doors.desk.find(caller, session_id)
    streams: OpenStreams = request.app.state.streams
    with streams.one(caller.tenant_id, tenant.limits.event_streams):
        yield


@router.get(
    "/v1/sessions/{session_id}/events",
    response_class=EventStream,
    dependencies=[Depends(opening, scope="function"), Depends(_place)],
    responses={200: {"description": "`contracts.feed` entries, and `snapshot` after a gap."}},
)
async def follow_session(
    session_id: SessionId,
    request: Request,
    caller: CallerDep,
    key_hash: KeyHashDep,
    doors: DoorsDep,
    last_event_id: Annotated[str | None, Header(pattern=ENTRY_ID)] = None,
) -> EventStream:
    """A session as it happens: from its beginning, or from after `Last-Event-ID`.

    When that is older than what is kept, an event `snapshot` comes first, made from the tables.
    """
    keys: KeysInForce = request.app.state.keys_in_force
    snapshot = partial(doors.desk.snapshot, caller, session_id)
    in_force = partial(keys.ask, key_hash)
    happening = Happening(session_id, last_event_id, snapshot, in_force, KEY_REVOKED)
    return stream_of(happening, request, doors)


@dataclass(frozen=True)
class Happening:
    """What somebody follows: a session after an entry, while they may.

    Attributes:
        cut_off: said at the end to who may no longer.
        whole_first: begin with a snapshot: who has no other way to what the feed forgot.
    """

    session_id: SessionId
    after: str | None
    snapshot: Callable[[], Awaitable[Snapshot]]
    in_force: Callable[[], Awaitable[bool]]
    cut_off: str
    whole_first: bool = False


def stream_of(happening: Happening, request: Request, doors: Doors) -> EventStream:
    """The answer of a route that follows a session."""
    streams: OpenStreams = request.app.state.streams

    async def snapshot() -> Snapshot:
        async with streams.opening():  # after a restart everybody needs one at once
            return await happening.snapshot()

    events = told(
        doors.feeds,
        happening.session_id,
        happening.after,
        snapshot,
        whole_first=happening.whole_first,
    )
    watch = Watch(doors.limits, happening.in_force, happening.cut_off)
    return EventStream(spoken(events, watch), headers=EVENT_HEADERS)


async def spoken(events: AsyncGenerator[bytes], watch: Watch) -> AsyncIterator[bytes]:
    """The events as they come, comments where there are none, while one may follow them."""
    yield format_sse_event(comment="open", retry=RETRY_MS)
    async with aclosing(with_pauses(events, watch.every_s)) as chunks:
        async for chunk in chunks:
            if not await watch.in_force():
                # Who connects again is told 401 or 404, which an open stream cannot say.
                yield format_sse_event(comment=watch.cut_off)
                return
            if chunk is not None:
                yield chunk
            elif watch.is_silent_too_long():
                yield format_sse_event(comment="still here")
            else:
                continue
            watch.spoke()


async def told(
    feeds: Feeds,
    session_id: SessionId,
    after: str | None,
    snapshot: Callable[[], Awaitable[Snapshot]],
    *,
    whole_first: bool = False,
) -> AsyncGenerator[bytes]:
    """Framed entries; a gap is bridged by a snapshot, then the feed goes on from its beginning.

    A snapshot has no id, so a client that is cut off after it asks for the same gap again.
    Ends when the feed or the tables cannot be reached, or too many ask: the client connects again.
    """
    try:
        if whole_first:
            yield whole(await snapshot())
        while True:
            async with aclosing(feeds.follow(session_id, after=after)) as items:
                async for item in items:
                    if isinstance(item, FeedGap):
                        break
                    yield framed(item)
                else:
                    return
            yield whole(await snapshot())
            after = None
    except (UnavailableError, RejectedError) as error:
        log.warning("events.cut_off", extra={"code": error.code})


def framed(item: FeedItem) -> bytes:
    """One entry as the wire has it; JSON has no line breaks, so it is one `data` line."""
    return format_sse_event(
        id=item.entry_id, event=item.entry.kind, data_str=item.entry.model_dump_json()
    )


def whole(snapshot: Snapshot) -> bytes:
    return format_sse_event(event="snapshot", data_str=snapshot.model_dump_json())


async def with_pauses(source: AsyncGenerator[T], every_s: float) -> AsyncGenerator[T | None]:
    """What the source gives, and None whenever it was silent for so long."""
    async with aclosing(source):
        upcoming: asyncio.Future[T] = asyncio.ensure_future(anext(source))
        try:
            while True:
                done, _ = await asyncio.wait({upcoming}, timeout=every_s)
                if not done:
                    yield None
                    continue
                try:
                    item = upcoming.result()
                except StopAsyncIteration:
                    return
                yield item
                upcoming = asyncio.ensure_future(anext(source))
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
