"""Kept frames of a live meeting on their way out; here they are dropped while the store is away."""

import asyncio
import logging
from typing import Final

from contracts.errors import UnavailableError
from contracts.media import FrameKept
from media_agent.live.outbox import LiveOutbox
from media_agent.meeting.frame_publisher import FramePublisher
from media_agent.meeting.frame_store import EncodedFrame, FrameStore
from media_agent.ports.screen import PictureStore
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

MAX_WAITING: Final = 3
"""While the store is away; older ones are stale by then."""
STORE_TIMEOUT_S: Final = 5.0
STORE_AGAIN_S: Final = 1.0
NAME_TIMEOUT_S: Final = 1.0
STORED_AGAIN_MS: Final = 300_000
"""A third of a blob's lifetime: a page may be shown, and asked about, for longer than that."""


class FrameQueue:
    """The newest frames wait for a store that is away; older ones are dropped and counted."""

    def __init__(self, outbox: LiveOutbox, pictures: PictureStore, clock: Clock) -> None:
        self._outbox, self._clock = outbox, clock
        self._store = FrameStore(pictures, outbox, origin=outbox.session_id)
        self._publisher = FramePublisher(outbox)
        self._waiting: asyncio.Queue[EncodedFrame] = asyncio.Queue(MAX_WAITING)
        self._newest: tuple[FrameKept, bytes] | None = None
        self._stored_at_ms = 0

    def put(self, encoded: EncodedFrame) -> None:
        """Take it; never waits."""
        if self._waiting.full():
            self._waiting.get_nowait()
            self._waiting.task_done()
            self._count_dropped(1)
        self._waiting.put_nowait(encoded)

    async def run(self) -> None:
        """Store and state what is put in, in order, until cancelled."""
        while True:
            encoded = await self._waiting.get()
            try:
                await self._publish(encoded)
            finally:
                self._waiting.task_done()

    async def settled(self) -> None:
        """Wait until all is stored and stated. With the store away that is long."""
        await self._waiting.join()

    def give_up(self) -> None:
        """What still waits is dropped."""
        self._count_dropped(self._waiting.qsize())

    async def find(self, t_ms: int) -> FrameKept | None:
        """The newest stored frame that is not younger. Its picture is never shed, and lives on."""
        kept = self._store.showing(t_ms)
        if kept is not None:
            await self._name(kept)
        return kept

    async def _publish(self, encoded: EncodedFrame) -> None:
        while (kept := await self._stored(encoded)) is None:
            if self._waiting.full():
                self._count_dropped(1)
                return
            await self._clock.sleep(STORE_AGAIN_S)
        self._newest, self._stored_at_ms = (kept, encoded.jpeg), self._outbox.now_ms()
        if kept.reason == "asked":
            await self._name(kept)  # before anybody can shed it
        await self._publisher.publish(kept)

    async def _stored(self, encoded: EncodedFrame) -> FrameKept | None:
        try:
            async with asyncio.timeout(STORE_TIMEOUT_S):
                return await self._store.add(encoded)
        except (UnavailableError, TimeoutError):
            return None

    async def _name(self, kept: FrameKept) -> None:
        now_ms = self._outbox.now_ms()
        is_old = now_ms - self._stored_at_ms > STORED_AGAIN_MS
        try:
            async with asyncio.timeout(NAME_TIMEOUT_S):
                if is_old and self._newest is not None and self._newest[0] is kept:
                    await self._store.store(self._newest[1])
                    self._stored_at_ms = now_ms
                await self._store.name(kept)
        except (UnavailableError, TimeoutError):
            log.warning("screen.frame_not_named")

    def _count_dropped(self, frames: int) -> None:
        if frames:
            log.warning("screen.frames_dropped", extra={"frames": frames})
            tenant_id = self._outbox.tenant_id
            metrics.add("frame_processing_total", frames, tenant_id=tenant_id, action="dropped")
