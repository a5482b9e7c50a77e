"""How a text looks on a picture: its colours, the size of its type and how heavy it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local_models.screen_text import Cell, PixelBox

Colour = tuple[int, int, int]
"""Red, green, blue; each 0 to 255."""

INK_RATIO: Final = 0.6
"""Of the greatest distance from the paper's colour: what is nearer is the edge of a letter."""
LEAST_CONTRAST: Final = 24
"""Of 255: below it no text can be told from its paper."""
FULL_RATIO: Final = 0.8
MOST_COLUMNS: Final = 200
"""Of a text, from its middle: enough to see how it looks, and a bound on the time it takes."""
LOW_LETTERS: Final = frozenset("acegmnopqrsuvwxyz.,:;-\u2013\u2014_+=~\u2026\u00b7<>\u00ab\u00bb")
"""Letters no taller than an x."""
DEEP_LETTERS: Final = frozenset("gjpqyQ,;()[]{}|/@$_ç")
"""Letters that reach below the line."""
# Of the type size, for the usual sans serif and monospaced faces: 0.70 to 0.74, 0.52 to 0.55 and
# 0.2 to 0.24 in DejaVu, Liberation, Roboto and Noto.
TALL, LOW, DEEP = 0.72, 0.54, 0.2
EAST_ASIAN: Final = "\u2e80"
EAST_ASIAN_TALL: Final = 0.9


@dataclass(frozen=True)
class Look:
    """Of one text."""

    ink: Colour
    paper: Colour
    type_px: float
    stroke_ratio: float
    """Width of a stroke over the type size: about 0.09 in regular type, 0.15 in bold."""


def looks(image: NDArray[np.uint8], cells: Sequence[Cell]) -> list[Look | None]:
    """One a cell; None where the text hardly differs from its paper. About 0.06 ms each.

    Args:
        image: (height, width, 3) RGB or (height, width) grey.
        cells: within the image.
    """
    colours = image if image.ndim > 2 else np.repeat(image[:, :, None], 3, axis=2)  # noqa: PLR2004
    return [_look(_crop(colours, cell.box), cell.text) for cell in cells]


def _crop(image: NDArray[np.uint8], box: PixelBox) -> NDArray[np.int16]:
    cut = max(0, (box.width - MOST_COLUMNS) // 2)
    return image[box.y : box.bottom, box.x + cut : box.right - cut].astype(np.int16)


def _look(crop: NDArray[np.int16], text: str) -> Look | None:
    if min(crop.shape[:2]) < 4:  # noqa: PLR2004 - no letter is smaller
        return None
    edge = np.concatenate([crop[0], crop[-1], crop[:, 0], crop[:, -1]])
    paper = np.median(edge, axis=0)
    distance = np.abs(crop - paper.astype(np.int16)).max(axis=2)
    most = float(np.partition(distance, -4, axis=None)[-4])
    if most < LEAST_CONTRAST:
        return None
    ink = np.median(crop[distance >= INK_RATIO * most], axis=0)
    cover = np.minimum(distance / most, 1.0)
    tall = _tall(cover)
    size = tall / _share(text)
    return Look(_colour(ink), _colour(paper), size, _stroke(cover) / size)


def _tall(cover: NDArray[np.float64]) -> float:
    """Height of the ink in pixels, with parts of pixels at its edges."""
    rows = cover.max(axis=1)
    # A row that is all ink is the edge of a button that the box goes around.
    inked = np.flatnonzero((rows > INK_RATIO) & (cover.mean(axis=1) < FULL_RATIO))
    if not len(inked):
        return float(len(rows))
    first, last = inked[0], inked[-1]
    beyond = sum(rows[at] for at in (first - 1, last + 1) if 0 <= at < len(rows))
    return float(last - first + 1 + beyond)


def _share(text: str) -> float:
    """How much of the type size the letters of a text fill from top to bottom."""
    if any(letter >= EAST_ASIAN for letter in text):
        return EAST_ASIAN_TALL
    letters = set(text.replace(" ", "")) or {"x"}
    return (LOW if letters <= LOW_LETTERS else TALL) + (DEEP if letters & DEEP_LETTERS else 0.0)


def _stroke(cover: NDArray[np.float64]) -> float:
    """Twice the ink's area over the length of its edge, as for a long thin stroke."""
    across = np.diff(cover, axis=1)[:-1]
    down = np.diff(cover, axis=0)[:, :-1]
    return 2 * float(cover.sum()) / max(1.0, float(np.hypot(across, down).sum()))


def _colour(values: NDArray[np.float64]) -> Colour:
    red, green, blue = (int(value) for value in values)
    return red, green, blue
