"""PP-OCR in one thread of this process, behind everything else in the scheduler's queue."""

import logging
from collections.abc import Sequence

import simplejpeg  # pyright: ignore[reportMissingTypeStubs]  # typed, but not marked as such

from contracts.errors import RejectedError
from contracts.media import Box, FrameKept
from contracts.vision import ScreenLine
from local_models.model_thread import ModelThread
from local_models.screen_text import Cell, Line, PixelBox, ScreenText
from local_models.text_look import Look, looks
from runtime.clock import Clock
from runtime.telemetry import metrics
from vision_worker.domain.ocr_corrections import correct
from vision_worker.domain.reading import Reading, SeenCell
from vision_worker.domain.signals import heavy, tones
from vision_worker.ports import Image

log = logging.getLogger(__name__)


class LocalOcr(ModelThread[ScreenText]):
    """Reads one frame at a time; a context manager that loads the model on the way in."""

    def __init__(
        self, clock: Clock, *, threads: int = 1, niceness: int = 10, timeout_s: float = 60
    ) -> None:
        """Bind; nothing is loaded yet."""
        super().__init__(
            "ocr", lambda: ScreenText(threads=threads), timeout_s=timeout_s, niceness=niceness
        )
        self._clock = clock

    async def decode(self, jpeg: bytes, frame: FrameKept) -> Image:
        return await self.on_model(lambda _: _decode(jpeg, frame))

    async def read(self, image: Image) -> Reading:
        began = self._clock.monotonic()
        reading = await self.on_model(lambda model: _reading(model, image))
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="ocr", model=ScreenText.name)
        return reading


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


def _reading(model: ScreenText, image: Image) -> Reading:
    lines = model.read(image)
    return Reading(tuple(map(_screen_line, lines)), screen_cells(lines, image))


def _screen_line(line: Line) -> ScreenLine:
    return ScreenLine(text=correct(line.text), box=_box(line.box), confidence=line.confidence)


def screen_cells(lines: Sequence[Line], image: Image) -> tuple[SeenCell, ...]:
    """The lines' cells, each as it looks on the picture; without bars that were read as signs."""
    cells = [cell for line in lines for cell in line.cells]
    seen = _seen(cells, image)
    return tuple(
        SeenCell(
            text=correct(cell.text),
            box=_box(look.box if look else cell.box),
            confidence=cell.confidence,
            tone=tone,
            heavy=is_heavy,
            paper=look.paper if look else None,
        )
        for cell, look, tone, is_heavy in zip(cells, seen, tones(seen), heavy(seen), strict=True)
        if look or any(sign.isalnum() for sign in cell.text)
    )


def _seen(cells: Sequence[Cell], image: Image) -> Sequence[Look | None]:
    try:
        return looks(image, cells)
    except Exception:
        # The texts are worth stating without their looks.
        log.exception("frame.unmeasured")
        return [None] * len(cells)


def _box(box: PixelBox) -> Box:
    return Box(x=box.x, y=box.y, width=box.width, height=box.height)
