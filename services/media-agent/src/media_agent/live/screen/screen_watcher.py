"""Watches the screen that is shared in a live meeting."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeVar

from contracts.conversation import Screen
from media_agent.domain.gate.frame_sampler import (
    FrameRates,
    FrameSampler,
    ScreenSnapshot,
    SelectedFrame,
)
from media_agent.domain.gate.frames import Frame, Gate, Picture
from media_agent.live.outbox import LiveOutbox
from media_agent.live.screen.frame_queue import FrameQueue
from media_agent.meeting.frame_publisher import FramePublisher
from media_agent.meeting.frame_store import encode_frame
from media_agent.ports.screen import EncodeFrame, PictureStore
from runtime.clock import Clock

G = TypeVar("G")
T = TypeVar("T")
log = logging.getLogger(__name__)

COUNT_EVERY_S: Final = 10.0
SCREEN_TIMEOUT_S: Final = 1.0
"""A question waits no longer for its picture."""
LEAVE_TIMEOUT_S: Final = 2.0
PAUSES: Final = 4


@dataclass(frozen=True)
class ScreenWatcherDeps:
    """What a screen is watched with."""

    new_gate: Callable[[], Gate]
    encode: EncodeFrame
    rates: FrameRates


class _Pause(NamedTuple):
    at_ms: int
    snapshot: "asyncio.Future[ScreenSnapshot]"


class SharedScreenWatcher:
    """One per meeting, an async context manager: looks, keeps, stores, states, counts.

    One screen at a time. The gate goes on from one share to the next, so a screen that is shared
    again as it was is not kept again. Looking and encoding run in a thread of their own.
    """

    def __init__(
        self, outbox: LiveOutbox, pictures: PictureStore, deps: ScreenWatcherDeps, clock: Clock
    ) -> None:
        self._outbox, self._deps, self._clock = outbox, deps, clock
        self._queue = FrameQueue(outbox, pictures, clock)
        self._publisher = FramePublisher(outbox)
        self._sampler = FrameSampler(deps.new_gate(), deps.rates, from_ms=outbox.now_ms())
        self._thread = ThreadPoolExecutor(1, "screen")
        self._loop = asyncio.get_running_loop()
        self._tasks = asyncio.TaskGroup()
        self._running: list[asyncio.Task[None]] = []
        self._pauses: deque[_Pause] = deque(maxlen=PAUSES)
        self._speaking = False
        self._seen_ms = -1
        self._shared_ms = 0
        self.sharer: str | None = None
        """Identity of who shares the screen that is watched; None without one."""

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._running = [
            self._tasks.create_task(self._queue.run()),
            self._tasks.create_task(self._count_always()),
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The rest is stored, stated and counted, within a time limit."""
        self.stop()
        try:
            async with asyncio.timeout(LEAVE_TIMEOUT_S):
                await self._count()
                await self._queue.settled()
        except TimeoutError:
            self._queue.give_up()
        finally:
            for task in self._running:
                task.cancel()
            self._thread.shutdown(wait=False)
            await self._tasks.__aexit__(kind, error, trace)

    async def share(self, frames: AsyncIterator[Frame], sharer: str) -> None:
        """Watch a screen until its frames end, or until cancelled."""
        self.sharer, self._shared_ms = sharer, self._seen_ms + 1
        try:
            async for frame in frames:
                # Ids follow from times: no two frames have the same, however the clock is set.
                self._seen_ms = max(frame.t_ms, self._seen_ms + 1)
                try:
                    await self._in_thread(self._look, replace(frame, t_ms=self._seen_ms))
                except Exception as error:  # noqa: BLE001 - a screen less, but the meeting goes on
                    log.error("screen.broke", extra={"error_type": type(error).__name__})  # noqa: TRY400
                    return
        finally:
            self.stop()

    def stop(self) -> None:
        """Nothing is shared any more: no question is about a screen that is gone."""
        self.sharer = None
        self._pauses.clear()

    def save(self, saves: bool) -> None:
        self._sampler.save(saves)

    def speaking(self, is_speaking: bool) -> None:
        """Somebody speaks, or all are silent; at a pause the screen is remembered."""
        if self._speaking and not is_speaking and self.sharer is not None:
            snapshot = self._loop.run_in_executor(self._thread, self._sampler.snapshot)
            self._pauses.append(_Pause(self._outbox.now_ms(), snapshot))
        self._speaking = is_speaking

    async def screen(self, at_ms: int) -> Screen | None:
        """The frame that a question is about which ended then; None where nothing is shared.

        Kept now, if no kept frame shows it. Its picture is never shed, and lives on. Takes some
        milliseconds; while the store is away two seconds, and it is the newest that was stored.
        """
        if self.sharer is None:
            return None
        pause = next((pause for pause in self._pauses if pause.at_ms >= at_ms), None)
        about_ms: int | None = self._seen_ms
        try:
            async with asyncio.timeout(SCREEN_TIMEOUT_S):
                snapshot = None if pause is None else await asyncio.shield(pause.snapshot)
                about_ms = await self._in_thread(self._ask, snapshot)
                await self._queue.settled()
        except TimeoutError:
            log.warning("screen.late")
        kept = None if about_ms is None else await self._queue.find(about_ms)
        if kept is None:
            return None
        return Screen(frame_id=kept.frame_id, shown_at_ms=kept.shown_at_ms)

    def _look(self, frame: Frame) -> None:
        """In the thread."""
        selected = self._sampler.see(Picture(frame.t_ms, lambda: frame), speaking=self._speaking)
        if selected is not None:
            self._send(selected)

    def _ask(self, snapshot: ScreenSnapshot | None) -> int | None:
        """In the thread: keep what is asked about. Returns when the kept frame was shown."""
        if snapshot is not None and snapshot.frame is None:
            return snapshot.kept_ms
        frame = self._sampler.newest if snapshot is None else snapshot.frame
        if frame is None or frame.t_ms < self._shared_ms:
            return None  # nothing of this share has come yet
        if (selected := self._sampler.ask(frame)) is not None:
            self._send(selected)
        return self._sampler.kept_ms

    def _send(self, selected: SelectedFrame) -> None:
        """In the thread. It goes out even if whoever waited is gone: the gate counts on it."""
        encoded = encode_frame(selected, self._deps.encode)
        self._loop.call_soon_threadsafe(self._queue.put, encoded)

    async def _count_always(self) -> None:
        while True:
            await self._clock.sleep(COUNT_EVERY_S)
            await self._count()

    async def _count(self) -> None:
        counts = await self._in_thread(self._sampler.count, self._outbox.now_ms())
        if counts.seen:
            await self._publisher.count(counts)

    async def _in_thread(self, work: Callable[[G], T], given: G) -> T:
        return await self._loop.run_in_executor(self._thread, work, given)
