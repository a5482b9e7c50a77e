"""Whether texts are in equally wide letters, and how wide those are."""

from collections.abc import Sequence
from statistics import median
from typing import Final

import numpy as np

from vision_worker.domain.layout.piece import Piece

LEAST_TEXTS: Final = 5
LEAST_LETTERS: Final = 4
SPREAD_LETTERS: Final = 3.0
"""Standard deviation of the lengths; texts of one length say nothing."""
OFF_RATIO: Final = 0.045
"""Of a text's length in letters, at the median: proportional type is off by 0.07 and more."""
PADDING_LETTERS: Final = (-1.0, 2.0)
"""Of the box around a text, in letters."""


def letter_width(pieces: Sequence[Piece]) -> float | None:
    """In pixels, where all letters are equally wide; None where they are not, or it is unknown.

    A line is fitted to (letters, width): its slope is a letter, what it begins with is the padding
    of the boxes. Texts of figures alone say nothing, as figures are equally wide in most type.
    """
    texts = [one for one in pieces if len(one.text) >= LEAST_LETTERS and not one.is_figure]
    if len(texts) < LEAST_TEXTS or len({round(one.height, -1) for one in texts}) > LEAST_TEXTS:
        return None
    lengths = np.array([len(one.text) for one in texts], dtype=float)
    widths = np.array([one.width for one in texts], dtype=float)
    if lengths.std() < SPREAD_LETTERS:
        return None
    slope, begin = np.polyfit(lengths, widths, 1)
    if slope <= 0:
        return None
    letters = (widths - begin) / slope
    off = median((np.abs(letters - lengths) / lengths).tolist())
    low, high = PADDING_LETTERS
    return float(slope) if off <= OFF_RATIO and low <= begin / slope <= high else None
