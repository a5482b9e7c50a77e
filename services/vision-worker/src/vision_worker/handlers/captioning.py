"""Whether a frame is described by a vision model, and the wait for it."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.ids import SessionId
from contracts.media import FrameKept
from contracts.tenants import TenantConfig, config_key
from runtime.blobs import Blob
from runtime.cancellation import first_of
from runtime.clock import Clock
from vision_worker.domain.describing import (
    DescribedScreen,
    changed_area,
    describes,
    moved_since,
)
from vision_worker.domain.reading import Reading
from vision_worker.ports import Captions, Pictures, Tenants

AT_ONCE: Final = 8
"""Frames of this process that wait for a caption; more are described by their text alone."""
MOST_SESSIONS: Final = 1_000
LOOK_EVERY_S: Final = 0.2
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadFrame:
    """A frame whose text is read."""

    event: Envelope[FrameKept]
    picture: Blob
    reading: Reading


class Captioning:
    """What is remembered of a session is lost with the process: that costs one more caption."""

    def __init__(
        self, captions: Captions, tenants: Tenants, pictures: Pictures, clock: Clock
    ) -> None:
        self._captions = captions
        self._tenants = tenants
        self._pictures = pictures
        self._clock = clock
        self._free = asyncio.Semaphore(AT_ONCE)
        self._last: OrderedDict[SessionId, DescribedScreen] = OrderedDict()

    async def wants(self, frame: ReadFrame) -> bool:
        """Whether the frame is to be described, and may be now.

        A frame that a turn asks about is not: whoever answers sees its picture, and waits for it.
        """
        event = frame.event
        config = await self._config(event)
        if config.describe == "lazy" or event.session_id is None:
            return False
        session_id, texts = SessionId(event.session_id), _texts(frame)
        last, area = self._last.get(session_id), changed_area(event.data)
        if not describes(config.describe, moved_since(last, texts, area)):
            if last is not None:
                self._note(session_id, replace(last, moved_area=last.moved_area + area))
            return False
        return not self._free.locked() and not await self._is_named(event)

    async def caption(self, frame: ReadFrame) -> str | None:
        """None when nobody says anything in time, or a turn asks about the frame meanwhile."""
        event = frame.event
        assert event.session_id
        session_id = SessionId(event.session_id)
        language = (await self._config(event)).language
        # Before the answer is there, so that the frames that come meanwhile are compared with it.
        self._note(session_id, DescribedScreen(_texts(frame)))
        async with self._free:
            told = await first_of(
                self._captions.caption(event, frame.picture, language), self._when_named(event)
            )
        if told is None:
            self._last.pop(session_id, None)
        return told

    async def _when_named(self, event: Envelope[FrameKept]) -> None:
        while not await self._is_named(event):
            await self._clock.sleep(LOOK_EVERY_S)
        log.info("frame.caption_left", extra={"event_id": str(event.id)})

    async def _is_named(self, event: Envelope[FrameKept]) -> bool:
        try:
            return await self._pictures.is_named(event.data.picture.key)
        except UnavailableError:
            return False

    async def _config(self, event: Envelope[FrameKept]) -> TenantConfig:
        state = await self._tenants.get(config_key(event.tenant_id))
        return state.config if state else TenantConfig()

    def _note(self, session_id: SessionId, screen: DescribedScreen) -> None:
        self._last[session_id] = screen
        self._last.move_to_end(session_id)
        while len(self._last) > MOST_SESSIONS:
            self._last.popitem(last=False)


def _texts(frame: ReadFrame) -> tuple[str, ...]:
    return tuple(line.text for line in frame.reading.lines)
