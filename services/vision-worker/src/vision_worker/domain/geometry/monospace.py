"""Whether texts are in equally wide letters, and how wide those are."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from vision_worker.domain.geometry.piece import Piece

LEAST_TEXTS: Final = 4
LEAST_LETTERS: Final = 6
"""In a shorter text one letter's own width matters too much."""
BEARING_LETTERS: Final = 0.17
"""A text is narrower than its letters' room by what the first and the last leave blank."""
OFF_RATIO: Final = 0.03
"""From the usual width: equally wide letters are off by 0.005, others by 0.1."""
SHORT_LETTERS, SHORT_OFF_RATIO = 3, 0.08
"""The same where it is known that most are equally wide, for a few texts beside them."""
LEAST_SHARE: Final = 0.65
"""Of the texts; the OCR drops or doubles a letter here and there."""
LETTER_RATIOS: Final = (0.48, 0.72)
"""Width of a letter over the type size: 0.6 in the usual monospaced faces."""


def letter_width(pieces: Sequence[Piece]) -> float | None:
    """In pixels, where most texts have equally wide letters; None where they have not.

    Figures alone say nothing, as they are equally wide in most type.
    """
    widths = _letter_widths(pieces, LEAST_LETTERS)
    if len(widths) < LEAST_TEXTS:
        return None
    letter = median(widths)
    low, high = LETTER_RATIOS
    is_type = low <= letter / median(one.size for one in pieces) <= high
    alike = _alike(widths, letter, OFF_RATIO)
    return letter if is_type and alike >= max(LEAST_TEXTS, LEAST_SHARE * len(widths)) else None


def is_in_letters(pieces: Sequence[Piece], letter: float) -> bool:
    """Whether pieces may be in letters of this width; few texts may always be."""
    widths = _letter_widths(pieces, SHORT_LETTERS)
    return _alike(widths, letter, SHORT_OFF_RATIO) * 2 >= len(widths)


def _letter_widths(pieces: Sequence[Piece], least: int) -> list[float]:
    texts = [one for one in pieces if len(one.text) >= least and not one.is_figure]
    return [one.width / (len(one.text) - BEARING_LETTERS) for one in texts]


def _alike(widths: Sequence[float], letter: float, off: float) -> int:
    return sum(abs(width - letter) <= off * letter for width in widths)
