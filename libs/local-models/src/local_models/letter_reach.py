"""How far letters reach above the line they stand on, and below it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

LOW_LETTERS: Final = frozenset("acegmnopqrsuvwxyz.,:;-\u2013\u2014_+=~\u2026\u00b7<>\u00ab\u00bb")
"""Letters no taller than an x."""
DEEP_LETTERS: Final = frozenset("gjpqy\u00e7")
"""Letters that reach well below the line."""
DIPPED_LETTERS: Final = frozenset(",;()[]{}|@$_Q")
"""Letters that reach a little below it."""
HANGING_LETTER: Final = "J"
"""In some faces it stands on the line, in others it reaches as far below it as a p."""
HOOK_RATIO, HOOK_SHARE = 0.1, 0.25
"""Of the letters' height, and of their width."""
# Of the type size, for the usual sans serif and monospaced faces: 0.70 to 0.74, 0.52 to 0.55 and
# 0.2 to 0.24 in DejaVu, Liberation, Roboto and Noto.
TALL, LOW, DEEP, DIPPED = 0.72, 0.54, 0.2, 0.12
EAST_ASIAN: Final = "\u2e80"
EAST_ASIAN_REACH: Final = 0.8, 0.1


def reach(text: str, inked: NDArray[np.bool_]) -> tuple[float, float]:
    """How far the letters of a text reach above and below the line, in type sizes.

    Args:
        text: as it was read.
        inked: (rows, columns) from the highest to the lowest ink of its letters.
    """
    if any(letter >= EAST_ASIAN for letter in text):
        return EAST_ASIAN_REACH
    letters = set(text.replace(" ", "")) or {"x"}
    below = DEEP if letters & DEEP_LETTERS else DIPPED if letters & DIPPED_LETTERS else 0.0
    if HANGING_LETTER in letters and below == 0 and _hangs(inked):
        below = DEEP
    return LOW if letters <= LOW_LETTERS else TALL, below


def _hangs(inked: NDArray[np.bool_]) -> bool:
    """Whether only few letters reach the lowest rows: then these lie below the line."""
    lowest = inked[-max(1, round(HOOK_RATIO * len(inked))) :].any(axis=0)
    return int(lowest.sum()) < HOOK_SHARE * int(inked.any(axis=0).sum())
