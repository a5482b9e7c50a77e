"""The line of short texts at the lower edge of the screen."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from vision_worker.domain.geometry.piece import Piece, is_aligned

EDGE_RATIO: Final = 1.3
"""Of its height: how far above the edge it stands at most."""
SPAN_RATIO: Final = 0.4
"""Of the screen's width: from its first text to its last."""
LEVEL_RATIO: Final = 0.35
BAR_WORDS: Final = 6


def status_bar(pieces: Sequence[Piece], size: tuple[int, int]) -> list[Piece]:
    """From the left; [] where there is none. `pieces` from the top, `size` in pixels."""
    width, height = size
    last = pieces[-1]
    row = [one for one in pieces if abs(one.middle - last.middle) <= LEVEL_RATIO * last.height]
    above = [one for one in pieces if one not in row]
    if len(row) == 1 or not above or height - last.bottom > EDGE_RATIO * last.height:
        return []
    row.sort(key=lambda one: (one.left, one.text))
    texts_are_short = all(one.words <= BAR_WORDS for one in row)
    is_wide = row[-1].right - row[0].left >= SPAN_RATIO * width
    is_small = median(one.size for one in row) <= 1.1 * median(one.size for one in pieces)
    is_apart = any(b.left - a.right > 2 * a.height for a, b in pairwise(row))
    if not (texts_are_short and is_wide and is_small and is_apart):
        return []
    return [] if _continues(row, above) else row


def _continues(row: Sequence[Piece], above: Sequence[Piece]) -> bool:
    """Whether it is one more row of a table over it."""
    lowest = max(above, key=lambda one: one.middle)
    over = [o for o in above if abs(o.middle - lowest.middle) <= LEVEL_RATIO * lowest.height]
    aligned = sum(any(is_aligned(one, other) for other in over) for one in row)
    return aligned * 2 > len(row) and lowest.tone == row[0].tone
