"""Panes: parts of a screen that are read one after the other, though they stand side by side.

Recursive XY-cut (Nagy and Seth, 1984), by gutters only, and only where the two sides are no rows:
a table is not cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision_worker.domain.geometry.monospace import is_in_letters, letter_width
from vision_worker.domain.geometry.piece import Piece, typical_height

GUTTER_RATIO: Final = 1.0
"""Least width of a gutter, in heights of the text."""
LEVEL_RATIO: Final = 0.25
"""Middles this near, in heights of the lower text, are level."""
ROWS_RATIO: Final = 0.6
"""Sides that are level in at least this share of the side with fewer texts are rows."""
PANE_TEXTS: Final = 3
"""Fewer texts are no pane."""
NEXT_TEXTS: Final = 12
"""Of a screen, in order: a text right under another is among them."""
MAX_DEPTH: Final = 6


@dataclass(frozen=True)
class Pane:
    """Either pieces, or bands from the top, each of one pane or of panes side by side."""

    pieces: Sequence[Piece] = ()
    bands: Sequence[Sequence["Pane"]] = ()


def panes(pieces: Sequence[Piece], depth: int = 0) -> Pane:
    """The panes of a screen; `pieces` from the top. What is in equally wide letters is one."""
    if len(pieces) <= PANE_TEXTS or depth == MAX_DEPTH:
        return Pane(pieces=pieces)
    bands = _cut(pieces)
    if not bands or _is_console(pieces, bands):
        return Pane(pieces=pieces)
    return Pane(bands=[[panes(side, depth + 1) for side in band] for band in bands])


def _is_console(pieces: Sequence[Piece], bands: Sequence[Sequence[Sequence[Piece]]]) -> bool:
    letter = letter_width(pieces)
    sides = [side for band in bands for side in band]
    return letter is not None and all(is_in_letters(side, letter) for side in sides)


def leaves(pane: Pane) -> list[Sequence[Piece]]:
    """The pieces of each pane that is cut no further."""
    if pane.pieces:
        return [pane.pieces]
    return [part for band in pane.bands for side in band for part in leaves(side)]


def _cut(pieces: Sequence[Piece]) -> list[list[list[Piece]]]:
    """At the gutter that the fewest pieces cross; [] where there is none."""
    lefts = np.array([piece.left for piece in pieces])
    rights = np.array([piece.right for piece in pieces])
    level = _level(pieces)
    width = GUTTER_RATIO * typical_height(pieces)
    best: tuple[int, float, list[list[NDArray[np.intp]]]] | None = None
    for gutter in _gutters(lefts, rights, width):
        across = (lefts < gutter) & (rights > gutter)
        crossing = int(across.sum())
        if best is not None and crossing > best[0]:
            break
        # With all that is level with it: a row is not cut in the middle.
        across |= level[:, across].any(axis=1)
        bands = _bands(across, rights <= gutter, level, lefts, rights, width)
        if any(len(band) > 1 for band in bands):
            tall = max(_smaller(band) for band in bands if len(band) > 1)
            if best is None or tall > best[1]:
                best = crossing, tall, bands
    if best is None:
        return []
    return [[[pieces[i] for i in side] for side in band] for band in best[2]]


def _smaller(band: Sequence[NDArray[np.intp]]) -> int:
    return min(len(side) for side in band)


def _gutters(lefts: NDArray[np.int_], rights: NDArray[np.int_], width: float) -> list[float]:
    """Middles before left edges that several pieces may share, those that fewest cross first."""
    edges = sorted(set(lefts.tolist()))
    groups = [edge for before, edge in pairwise(edges) if edge - before > width / 2]
    found: list[tuple[int, float]] = []
    for edge in groups:
        gutter = edge - width / 2
        found.append((int(((lefts < gutter) & (rights > gutter)).sum()), gutter))
    return [gutter for _, gutter in sorted(found)]


def _level(pieces: Sequence[Piece]) -> NDArray[np.bool_]:
    middles = np.array([piece.middle for piece in pieces])
    heights = np.array([piece.height for piece in pieces])
    reach = LEVEL_RATIO * np.minimum.outer(heights, heights)
    level = np.abs(np.subtract.outer(middles, middles)) <= reach
    for above, below in _names(pieces):
        middle = (middles[above] + middles[below]) / 2
        between = np.abs(middles - middle) <= LEVEL_RATIO * np.minimum(heights, heights[above])
        for one in (above, below):
            level[one] |= between
            level[:, one] |= between
    return level


def _names(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Names with a smaller text under them: what belongs to both stands between the two."""
    found: list[tuple[int, int]] = []
    for at, above in enumerate(pieces):
        for other, below in enumerate(pieces[at + 1 : at + 1 + NEXT_TEXTS], at + 1):
            is_note = above.size > 1.1 * below.size or (above.heavy and not below.heavy)
            is_near = 0 <= below.top - above.bottom <= above.size
            if is_note and is_near and abs(above.left - below.left) <= above.size / 2:
                found.append((at, other))
                break
    return found


def _bands(
    across: NDArray[np.bool_],
    is_left: NDArray[np.bool_],
    level: NDArray[np.bool_],
    lefts: NDArray[np.int_],
    rights: NDArray[np.int_],
    width: float,
) -> list[list[NDArray[np.intp]]]:
    """From the top: [left, right] where there are panes, [all] where there are none."""
    bands: list[list[NDArray[np.intp]]] = []
    edges = [-1, *np.flatnonzero(across).tolist(), len(across)]
    for before, after in pairwise(edges):
        beside = np.arange(before + 1, after)
        left, right = beside[is_left[beside]], beside[~is_left[beside]]
        if _are_panes(left, right, level, lefts, rights, width):
            bands.append([left, right])
        elif len(beside):
            _extend(bands, beside)
        if after < len(across):
            _extend(bands, np.array([after]))
    return bands


def _extend(bands: list[list[NDArray[np.intp]]], more: NDArray[np.intp]) -> None:
    if bands and len(bands[-1]) == 1:
        bands[-1] = [np.concatenate([bands[-1][0], more])]
    else:
        bands.append([more])


def _are_panes(
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    level: NDArray[np.bool_],
    lefts: NDArray[np.int_],
    rights: NDArray[np.int_],
    width: float,
) -> bool:
    if min(len(left), len(right)) < PANE_TEXTS - 1 or max(len(left), len(right)) < PANE_TEXTS:
        return False
    if lefts[right].min() - rights[left].max() < width * 0.7:
        return False
    beside = level[np.ix_(left, right)]
    shares = beside.any(axis=1).mean(), beside.any(axis=0).mean()
    rows = shares[0] if _rows(level, left) <= _rows(level, right) else shares[1]
    return bool(rows < ROWS_RATIO)


def _rows(level: NDArray[np.bool_], side: NDArray[np.intp]) -> float:
    """About how many rows a side has: each piece counts by how many are level with it."""
    return float((1 / level[np.ix_(side, side)].sum(axis=1)).sum())
