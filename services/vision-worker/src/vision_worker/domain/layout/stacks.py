"""Texts below each other in one column: labels with their values, headings, lists, prose."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from vision_worker.domain.geometry.piece import Piece, is_aligned

NEAR_RATIO: Final = 1.2
"""A value is no further from its label than this, in heights of the taller one."""
FIELD_RATIO: Final = 2.5
"""The same where several stand in a grid alike."""
TALLER_RATIO: Final = 1.18
SAME_SIZE_RATIO: Final = 1.15
LEFT_RATIO: Final = 0.6
"""Left edges this near, in heights, are one."""
LABEL_WORDS: Final = 6
ITEM_WORDS: Final = 14
LEAST_ITEMS: Final = 3
"""Fewer, without bullets, are no list."""
BULLET: Final = frozenset("\u2022\u25e6\u25aa\u2013-*\u00b7\u2023\u2713\u2714")


@dataclass(frozen=True)
class Pair:
    """A label and its values."""

    label: Piece
    values: list[Piece]


@dataclass(frozen=True)
class Items:
    """Of a list, from the top."""

    pieces: list[Piece]


@dataclass(frozen=True)
class Prose:
    """Anything else, from the top."""

    pieces: list[Piece]


Found = Pair | Items | Prose


def stacked(pieces: Sequence[Piece], *, fields: bool = False) -> list[Found]:
    """What stands below each other; `fields`: two of a size are a label and its value."""
    found: list[Found] = []
    rest: list[Piece] = []
    at = 0
    while at < len(pieces):
        pair, taken = _pair_at(pieces, at, fields)
        if pair is None:
            rest.append(pieces[at])
            at += 1
            continue
        found += _others(rest)
        rest = []
        found.append(pair)
        at += taken
    return [*found, *_others(rest)]


def _pair_at(pieces: Sequence[Piece], at: int, fields: bool) -> tuple[Pair | None, int]:
    near = _nearby(pieces, at, FIELD_RATIO if fields else NEAR_RATIO)
    if len(near) == 1 or near[0].words > LABEL_WORDS or near[1].words > LABEL_WORDS:
        return None, 0
    first, second, *others = near
    if second.size >= TALLER_RATIO * first.size and not _belongs_below(near):
        return Pair(first, [second, *_notes(second, others)]), 2 + len(_notes(second, others))
    if first.is_figure and not second.is_figure and first.size >= TALLER_RATIO * second.size:
        return Pair(second, [first]), 2
    if fields and not first.is_figure and len(others) <= 1:
        return Pair(first, [second, *others]), 2 + len(others)
    return None, 0


def _belongs_below(near: Sequence[Piece]) -> bool:
    """Whether the large text in second place is the figure of the label under it."""
    above, large, *others = near
    if not others:
        return False
    below = others[0]
    return (
        large.is_figure
        and below.size < large.size / TALLER_RATIO
        and large.top - above.bottom > 2 * max(1, below.top - large.bottom) + 0.5 * above.height
    )


def _notes(value: Piece, others: Sequence[Piece]) -> list[Piece]:
    """The one small text right under a value: a unit, a change, a state."""
    if others and others[0].size <= value.size / TALLER_RATIO and others[0].words <= LABEL_WORDS:
        return [others[0]]
    return []


def _nearby(pieces: Sequence[Piece], at: int, reach: float) -> list[Piece]:
    near = [pieces[at]]
    for above, below in pairwise(pieces[at:]):
        gap = below.top - above.bottom
        if gap > reach * max(above.height, below.height) or not is_aligned(above, below):
            break
        near.append(below)
    return near


def _others(pieces: Sequence[Piece]) -> list[Found]:
    return [Items(run) if _are_items(run) else Prose(run) for run in _runs(pieces)]


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Parted where the type, the colour or the left edge changes."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and _is_alike(runs[-1][-1], piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _is_alike(a: Piece, b: Piece) -> bool:
    low, high = sorted((a.size, b.size))
    return (
        abs(a.left - b.left) <= LEFT_RATIO * low
        and high <= SAME_SIZE_RATIO * low
        and (a.tone, a.heavy) == (b.tone, b.heavy)
    )


def _are_items(pieces: Sequence[Piece]) -> bool:
    if len(pieces) > 1 and all(piece.text[0] in BULLET for piece in pieces):
        return True
    return len(pieces) >= LEAST_ITEMS and all(piece.words <= ITEM_WORDS for piece in pieces)
