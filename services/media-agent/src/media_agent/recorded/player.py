"""The recording's own thread: it is opened, decoded, looked at and closed there."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from contracts.errors import RejectedError
from media_agent.domain.gate.frame_sampler import FrameRates, SamplingCounts, SelectedFrame
from media_agent.domain.gate.frames import Frame, Gate
from media_agent.domain.recording.pieces import AboutRecording
from media_agent.domain.recording.playback import (
    ClockStopped,
    Playback,
    PlaybackStep,
    SpokenUtterance,
)
from media_agent.domain.speech.audio import Detect, IsFinished
from media_agent.meeting.frame_store import EncodedFrame, encode_frame
from media_agent.ports.recordings import OpenRecording, Recording
from media_agent.ports.screen import EncodeFrame
from runtime.telemetry import without_text

log = logging.getLogger(__name__)

T = TypeVar("T")
PULL_TIMEOUT_S: Final = 120.0
"""One step is a fraction of a second of video; a hung file system is the only reason for this."""


PlaybackEvent = EncodedFrame | SpokenUtterance | SamplingCounts


@dataclass(frozen=True)
class PlayerDeps:
    """What a player is run with."""

    open_recording: OpenRecording
    encode: EncodeFrame
    new_gate: Callable[[], Gate]
    detector: Callable[[], Detect]
    turn_detector: Callable[[], IsFinished]
    rates: FrameRates


class RecordingPlayer:
    """Plays one recording step by step; a context manager.

    Everything runs in one thread of its own, so a cancelled step ends before the file is closed.
    """

    def __init__(self, deps: PlayerDeps, path: Path, name: str) -> None:
        self._deps, self._path, self._name = deps, path, name
        self._thread = ThreadPoolExecutor(1, "recording")
        self._opened = ExitStack()
        self._recording: Recording | None = None
        self._playback: Playback | None = None
        self._steps: Iterator[PlaybackStep] = iter(())
        self.over = False

    async def __aenter__(self) -> Self:
        """Open.

        Raises:
            RejectedError: it cannot be decoded.
        """
        try:
            await self._run(self._open)
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    @property
    def recording(self) -> Recording:
        assert self._recording is not None, "inside the context"
        return self._recording

    @property
    def about(self) -> AboutRecording:
        return self.recording.about

    @property
    def is_speaking(self) -> bool:
        """Somebody speaks at this position, or paused less than an utterance's end."""
        return self._playback is not None and self._playback.is_speaking

    @property
    def position_ms(self) -> int:
        return 0 if self._playback is None else self._playback.position_ms

    def save_frames(self, saves: bool) -> None:
        """Keep few frames, for the budget, or as many as ever."""
        assert self._playback is not None
        self._playback.save(saves)

    async def play(self, until_ms: int) -> list[PlaybackEvent]:
        """What happens until then, or until an utterance ends (then play on with the same time)."""
        return await self._run(lambda: self._pull(until_ms))

    async def ask(self, frame: Frame | None) -> EncodedFrame | None:
        """Somebody asks about this frame: keep it, if no kept frame shows it; None: no picture."""
        return await self._run(lambda: self._ask(frame))

    def _open(self) -> None:
        use = self._deps
        opening = use.open_recording(self._path, self._name)
        self._recording = self._opened.enter_context(opening)
        self._playback = Playback(
            self._recording.pieces(),
            gate=use.new_gate(),
            detect=use.detector(),
            is_finished=use.turn_detector(),
            rates=use.rates,
        )
        self._steps = self._playback.steps()

    def _pull(self, until_ms: int) -> list[PlaybackEvent]:
        assert self._playback is not None
        self._playback.until_ms = until_ms
        events: list[PlaybackEvent] = []
        for step in self._steps:
            if isinstance(step, ClockStopped):
                return events
            if isinstance(step, SelectedFrame):
                events.append(encode_frame(step, self._deps.encode))
                continue
            events.append(step)
            if isinstance(step, SpokenUtterance):
                return events
        self.over = True
        return events

    def _ask(self, frame: Frame | None) -> EncodedFrame | None:
        assert self._playback is not None
        selected = None if frame is None else self._playback.ask(frame)
        return None if selected is None else encode_frame(selected, self._deps.encode)

    def _close(self) -> None:
        self._thread.submit(self._opened.close)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        """In the thread.

        Raises:
            RejectedError: code `not_playable`. The same file fails in the same way again.
        """
        try:
            async with asyncio.timeout(PULL_TIMEOUT_S):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (ValueError, TypeError, LookupError, ArithmeticError, AssertionError) as error:
            log.exception("recording.not_playable", exc_info=without_text(error))
            at_s = self.position_ms / 1000
            what = f"{self._name} cannot be decoded beyond {at_s:.1f} s ({type(error).__name__})"
            raise RejectedError(f"{what}; save it again as MP4.", code="not_playable") from error
