"""Server-sent events: a session as it happens.

Framed by FastAPI; the response is our own because sse-starlette 3.7 writes every event, so what is
said in meetings, to the debug log.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Final, TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from contracts.errors import RejectedError, UnavailableError
from contracts.http import Snapshot
from contracts.ids import SessionId
from gateway.api.deps import ApiDeps, Limits
from gateway.api.sse.open_streams import OpenStreams
from gateway.ports.feeds import Feeds
from runtime.feed import FeedGapError, FeedItem

log = logging.getLogger(__name__)

ENTRY_ID: Final = r"^\d{1,15}-\d{1,10}$"
EVENT_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
RETRY_MS: Final = 1_000
"""What a browser waits before it connects again."""

T = TypeVar("T")


class EventStream(StreamingResponse):
    """FastAPI's own class of this kind is for routes that yield, which begin before they refuse."""

    media_type = "text/event-stream"


class StreamMonitor:
    """Of one open stream: when a keep-alive is due, and whether its reader may still read."""

    def __init__(
        self, limits: Limits, is_valid: Callable[[], Awaitable[bool]], cut_off: str
    ) -> None:
        self.is_valid = is_valid
        self.cut_off = cut_off
        self.every_s = min(limits.keep_alive_s, limits.recheck_key_s)
        self._keep_alive_s = limits.keep_alive_s
        self._sent_at_s = monotonic()

    def mark_sent(self) -> None:
        self._sent_at_s = monotonic()

    def needs_keep_alive(self) -> bool:
        return monotonic() - self._sent_at_s >= self._keep_alive_s


@dataclass(frozen=True)
class Subscription:
    """What a reader follows: a session after an entry, while they may.

    Attributes:
        is_valid: whether the reader may still read.
        cut_off: the comment that ends the stream of who may no longer.
        snapshot_first: begin with a snapshot, for who has no other way to what the feed forgot.
    """

    session_id: SessionId
    after: str | None
    snapshot: Callable[[], Awaitable[Snapshot]]
    is_valid: Callable[[], Awaitable[bool]]
    cut_off: str
    snapshot_first: bool = False


def event_stream(subscription: Subscription, request: Request, deps: ApiDeps) -> EventStream:
    """The answer of a route that follows a session."""
    streams: OpenStreams = request.app.state.streams

    async def snapshot() -> Snapshot:
        async with streams.opening():  # after a restart everybody needs one at once
            return await subscription.snapshot()

    events = feed_events(
        deps.feeds,
        subscription.session_id,
        subscription.after,
        snapshot,
        snapshot_first=subscription.snapshot_first,
    )
    monitor = StreamMonitor(deps.limits, subscription.is_valid, subscription.cut_off)
    return EventStream(with_keep_alive(events, monitor), headers=EVENT_HEADERS)


async def with_keep_alive(
    events: AsyncGenerator[bytes], monitor: StreamMonitor
) -> AsyncIterator[bytes]:
    """The events as they come, comments where there are none, while the reader may read."""
    yield format_sse_event(comment="open", retry=RETRY_MS)
    async with aclosing(with_ticks(events, monitor.every_s)) as chunks:
        async for chunk in chunks:
            if not await monitor.is_valid():
                # Who connects again is answered 401 or 404, which an open stream cannot say.
                yield format_sse_event(comment=monitor.cut_off)
                return
            if chunk is not None:
                yield chunk
            elif monitor.needs_keep_alive():
                yield format_sse_event(comment="still here")
            else:
                continue
            monitor.mark_sent()


async def feed_events(
    feeds: Feeds,
    session_id: SessionId,
    after: str | None,
    snapshot: Callable[[], Awaitable[Snapshot]],
    *,
    snapshot_first: bool = False,
) -> AsyncGenerator[bytes]:
    """Framed entries; a gap is bridged by a snapshot, then the feed goes on from its beginning.

    A snapshot has no id, so a client that is cut off after it asks for the same gap again.
    Ends when the feed or the tables cannot be reached, or too many ask: the client connects again.
    """
    try:
        if snapshot_first:
            yield format_snapshot(await snapshot())
        while True:
            async with aclosing(feeds.follow(session_id, after=after)) as items:
                try:
                    async for item in items:
                        yield format_entry(item)
                except FeedGapError:
                    pass
                else:
                    return
            yield format_snapshot(await snapshot())
            after = None
    except (UnavailableError, RejectedError) as error:
        log.warning("events.cut_off", extra={"code": error.code})


def format_entry(item: FeedItem) -> bytes:
    """One entry as the wire has it; JSON has no line breaks, so it is one `data` line."""
    return format_sse_event(
        id=item.entry_id, event=item.entry.kind, data_str=item.entry.model_dump_json()
    )


def format_snapshot(snapshot: Snapshot) -> bytes:
    return format_sse_event(event="snapshot", data_str=snapshot.model_dump_json())


async def with_ticks(source: AsyncGenerator[T], every_s: float) -> AsyncGenerator[T | None]:
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
