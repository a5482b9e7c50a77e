"""How a text looks on a picture: its colours, the size of its type and how heavy it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local_models.letter_reach import reach
from local_models.screen_text import COLOUR_CHANNELS, Cell, PixelBox

Colour = tuple[int, int, int]
"""Red, green, blue; each 0 to 255."""

INK_RATIO: Final = 0.5
"""Of the greatest distance from the paper's colour: what is nearer is the edge of a letter."""
SOLID_RATIO: Final = 0.8
"""Of the same: pixels in the middle of a stroke."""
LEAST_CONTRAST: Final = 24
"""Of 255: below it no text can be told from its paper."""
LEAST_PIXELS: Final = 4
"""In both directions: no letter is smaller."""
FULL_RATIO: Final = 0.8
"""A row with more ink than this is the edge of a button, no letters."""
DOT_GAP_RATIO: Final = 0.14
"""Of the box's height: a wider gap is not that between a letter and its dot."""
TIP_RATIO: Final = 0.2
"""Of the box's height: less ink at its edge, with a gap to the rest, is of another line."""
ASCENT: Final = 0.78
"""Of the type size: a line's box from its top to the line that letters stand on."""


@dataclass(frozen=True)
class Look:
    """Of one text.

    Attributes:
        box: from the first to the last letter, as high as the type is large, whichever letters it
            has; the OCR's boxes are larger by up to a half, so two of one type differ.
        stroke_ratio: width of a stroke over the type size: about 0.09 in regular type, 0.14 in
            bold.
    """

    box: PixelBox
    ink: Colour
    paper: Colour
    stroke_ratio: float


def looks(image: NDArray[np.uint8], cells: Sequence[Cell]) -> list[Look | None]:
    """One a cell; None where the text hardly differs from its paper. About 0.2 ms each.

    Args:
        image: (height, width, 3) RGB or (height, width) grey.
        cells: what of them lies outside of the image is not looked at.
    """
    colours = image
    if image.ndim < COLOUR_CHANNELS:
        colours = np.repeat(image[:, :, None], COLOUR_CHANNELS, axis=2)
    return [_look(colours, cell) for cell in cells]


def _look(image: NDArray[np.uint8], cell: Cell) -> Look | None:
    box = _inside(cell.box, image)
    crop = image[box.y : box.bottom, box.x : box.right]
    if min(crop.shape[:2]) < LEAST_PIXELS:
        return None
    # What is around a button is not in its middle.
    middle = crop[box.height // 5 : box.height - box.height // 5 : 2, ::3]
    paper = _usual(middle.reshape(-1, COLOUR_CHANNELS))
    cover, most = _cover(crop, paper)
    if most < LEAST_CONTRAST:
        return None
    rows = _letter_rows(cover)
    top, bottom = _middle_run(rows > INK_RATIO)
    if top == bottom:
        return None
    across = np.flatnonzero(cover[top:bottom].max(axis=0) > INK_RATIO)
    left, right = int(across[0]), int(across[-1]) + 1
    # With parts of pixels at its edges.
    beyond = [float(rows[at]) for at in (top - 1, bottom) if 0 <= at < len(rows)]
    above, below = reach(cell.text, cover[top:bottom] > INK_RATIO)
    size = (bottom - top + sum(beyond)) / (above + below)
    line = bottom + sum(beyond[-1:]) / 2 - below * size
    letters = cover[top:bottom, left:right]
    solid = crop[top:bottom, left:right][letters >= min(SOLID_RATIO, float(letters.max()))]
    return Look(
        box=_line_box(image, box.x + left, box.x + right, box.y + line, size),
        ink=_colour(_median(solid[::4])),
        paper=_colour(paper),
        stroke_ratio=_stroke(letters) / size,
    )


def _inside(box: PixelBox, image: NDArray[np.uint8]) -> PixelBox:
    """The part of a box that lies in the image; of no width or height where none does."""
    height, width = image.shape[:2]
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(width, box.right), min(height, box.bottom)
    return PixelBox(left, top, max(0, right - left), max(0, bottom - top))


def _usual(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle of the colours that most have but for an eighth of the range: paper is flat."""
    coarse = colours >> 5
    found = coarse[:, 0].astype(np.int16) * 64 + coarse[:, 1] * 8 + coarse[:, 2]
    return _median(colours[found == np.bincount(found).argmax()])


def _median(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of (n, 3) colours each channel's; `numpy.median` takes ten times as long for so few."""
    return np.sort(colours, axis=0)[len(colours) // 2]


def _cover(crop: NDArray[np.uint8], paper: NDArray[np.uint8]) -> tuple[NDArray[np.float32], int]:
    """How much of each pixel is ink, 0 to 1, and how far the ink's colour is from the paper's."""
    away = np.abs(crop.astype(np.int16) - paper.astype(np.int16))
    distance = np.maximum(np.maximum(away[:, :, 0], away[:, :, 1]), away[:, :, 2])
    most = int(np.partition(distance, -LEAST_PIXELS, axis=None)[-LEAST_PIXELS])
    return np.minimum(distance / np.float32(max(1, most)), 1), most


def _letter_rows(cover: NDArray[np.float32]) -> NDArray[np.float32]:
    """The most ink of each row, without what lies around a button that the box goes around."""
    rows, columns = cover.mean(axis=1) > FULL_RATIO, cover.mean(axis=0) > FULL_RATIO
    cover[rows] = 0
    cover[:, columns] = 0
    if rows.any() and columns.any():
        corner = int(rows.sum()) // 2 + len(rows) // 5
        side = int(columns.sum()) // 2 + len(rows) // 5
        for across in (slice(side), slice(-side, None)):
            cover[:corner, across] = cover[-corner:, across] = 0
    return cover.max(axis=1)


def _middle_run(inked: NDArray[np.bool_]) -> tuple[int, int]:
    """From which row to before which the letters in the middle reach, over dots and accents too."""
    rows = _without_others(np.flatnonzero(inked), len(inked))
    if not len(rows):
        return 0, 0
    gaps = np.flatnonzero(np.diff(rows) > max(2, DOT_GAP_RATIO * len(inked)))
    runs = np.split(rows, gaps + 1)
    run = max(runs, key=len)
    return int(run[0]), int(run[-1]) + 1


def _without_others(rows: NDArray[np.intp], height: int) -> NDArray[np.intp]:
    """Inked rows without the tips of letters of the lines over and under it, cut off by the box."""
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    least = TIP_RATIO * height
    if len(runs) > 1 and runs[0][0] == 0 and len(runs[0]) <= least:
        runs = runs[1:]
    if len(runs) > 1 and runs[-1][-1] == height - 1 and len(runs[-1]) <= least:
        runs = runs[:-1]
    return np.concatenate(runs)


def _line_box(
    image: NDArray[np.uint8], left: int, right: int, line: float, size: float
) -> PixelBox:
    top = max(0, round(line - ASCENT * size))
    bottom = min(image.shape[0], max(top + 1, round(line - ASCENT * size) + round(size)))
    return PixelBox(left, top, right - left, bottom - top)


def _stroke(cover: NDArray[np.float32]) -> float:
    """Twice the ink's area over the length of its edge, as for a long thin stroke."""
    across = float(np.abs(np.diff(cover, axis=1)).sum())
    down = float(np.abs(np.diff(cover, axis=0)).sum())
    return 2 * float(cover.sum()) / max(1.0, across + down)


def _colour(values: NDArray[np.uint8]) -> Colour:
    red, green, blue = (int(value) for value in values)
    return red, green, blue
