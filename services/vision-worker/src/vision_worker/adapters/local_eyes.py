"""PP-OCR in one thread of this process, behind everything else in the scheduler's queue."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

import simplejpeg  # pyright: ignore[reportMissingTypeStubs]  # typed, but not marked as such

from contracts.errors import RejectedError
from contracts.media import Box, FrameKept
from contracts.vision import ScreenLine
from local_models.screen_text import Line, ScreenText
from runtime.clock import Clock
from runtime.telemetry import metrics
from vision_worker.domain.reading import mend
from vision_worker.ports import Image

T = TypeVar("T")


class LocalEyes:
    """Reads one frame at a time; a context manager that loads the model on the way in."""

    def __init__(
        self, clock: Clock, *, threads: int = 1, niceness: int = 10, timeout_s: float = 60
    ) -> None:
        """Bind; nothing is loaded yet."""
        self._clock = clock
        self._threads = threads
        self._niceness = niceness
        self._timeout_s = timeout_s
        self._thread = ThreadPoolExecutor(1, "ocr", initializer=self._begin)
        self._model: ScreenText | None = None

    async def __aenter__(self) -> Self:
        """Load the model.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        self._model = await self._run(lambda: ScreenText(threads=self._threads))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def open(self, jpeg: bytes, frame: FrameKept) -> Image:
        return await self._run(lambda: _decode(jpeg, frame))

    async def read(self, image: Image) -> tuple[ScreenLine, ...]:
        model = self._model
        assert model is not None, "read inside the context"
        began = self._clock.monotonic()
        lines = await self._run(lambda: model.read(image))
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="ocr", model=model.name)
        return tuple(map(_screen_line, lines))

    def _begin(self) -> None:
        # Linux counts niceness by thread, so the event loop, which renews deliveries, keeps its
        # own. Threads that the model starts are born with it.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)

    async def _run(self, work: Callable[[], T]) -> T:
        """In the thread. Past the time limit the wait ends, the work itself cannot be stopped."""
        running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        async with asyncio.timeout(self._timeout_s):
            return await running


def _decode(jpeg: bytes, frame: FrameKept) -> Image:
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(jpeg)
        # Before decoding: a few bytes can claim to be 65,535 x 65,535 pixels.
        if (width, height) != (frame.width, frame.height):
            raise RejectedError(
                f"the picture is {width}x{height}, the fact says {frame.width}x{frame.height}",
                code="wrong_size",
            )
        return simplejpeg.decode_jpeg(jpeg, "RGB", strict=True)
    except ValueError as error:
        raise RejectedError(
            "the picture is no whole JPEG; the frame cannot be read", code="broken_picture"
        ) from error


def _screen_line(line: Line) -> ScreenLine:
    box = Box(x=line.box.x, y=line.box.y, width=line.box.width, height=line.box.height)
    return ScreenLine(text=mend(line.text), box=box, confidence=line.confidence)
