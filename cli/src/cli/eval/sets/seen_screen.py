"""Screens as the vision worker describes them: the only file that knows how it does that."""

from collections.abc import Sequence

from contracts.ids import FrameId
from contracts.media import Box
from contracts.vision import FrameDescribed, ScreenLine
from local_models.screen_text import Cell, rows
from vision_worker.domain.ocr_corrections import correct


def described(
    frame_id: FrameId,
    shown_at_ms: int,
    cells: Sequence[Cell],
    _size: tuple[int, int],
) -> FrameDescribed:
    """The fact about a frame of this size (width, height; pixels) with these cells."""
    lines = tuple(
        ScreenLine(
            text=correct(line.text),
            box=Box(x=line.box.x, y=line.box.y, width=line.box.width, height=line.box.height),
            confidence=line.confidence,
        )
        for line in rows(cells)
    )
    return FrameDescribed(frame_id=frame_id, shown_at_ms=shown_at_ms, lines=lines, picture=None)
