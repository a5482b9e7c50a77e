"""Screens as the vision worker describes them: the only file that knows how it does that."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.ids import FrameId
from contracts.media import Box
from contracts.vision import FrameDescribed, ScreenCell, ScreenLine
from local_models.screen_text import Cell, PixelBox, rows
from vision_worker.adapters.local_ocr import screen_cells
from vision_worker.domain.layout.structure import structure_of
from vision_worker.domain.ocr_corrections import correct


def described(
    frame_id: FrameId,
    shown_at_ms: int,
    cells: Sequence[Cell],
    size: tuple[int, int],
    picture: NDArray[np.uint8] | None = None,
) -> FrameDescribed:
    """The fact about a frame of this size (width, height; pixels) with these cells.

    With a picture (RGB) the colours and the weight of the text count, too.
    """
    found = rows(cells)
    seen = (
        [
            ScreenCell(text=cell.text, box=_box(cell.box), confidence=cell.confidence)
            for cell in cells
        ]
        if picture is None
        else screen_cells(found, picture)
    )
    return FrameDescribed(
        frame_id=frame_id,
        shown_at_ms=shown_at_ms,
        lines=tuple(
            ScreenLine(text=correct(line.text), box=_box(line.box), confidence=line.confidence)
            for line in found
        ),
        picture=None,
        structure=structure_of(seen, size),
    )


def _box(box: PixelBox) -> Box:
    return Box(x=box.x, y=box.y, width=box.width, height=box.height)
