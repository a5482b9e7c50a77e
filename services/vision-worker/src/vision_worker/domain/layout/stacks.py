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
LEAST_ENTRIES: Final = 2
LEADING_RATIO: Final = 0.75
"""Between the lines of an entry, in heights, at most."""
APART_RATIO: Final = 1.5
"""From one entry to the next, in distances of its lines, at least."""
SMALLER_RATIO: Final = 0.93
"""Type of a label against its field's."""
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
        pairs = [pair] if pair else entries_at(pieces, at) or fields_at(pieces, at)
        if not pairs:
            rest.append(pieces[at])
            at += 1
            continue
        found += _others(rest)
        rest = []
        found += pairs
        at += taken if pair else 2 * len(pairs)
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


def entries_at(pieces: Sequence[Piece], at: int) -> list[Pair]:
    """Entries in two lines each, as of a log: who and when over what. Fewer than two are none."""
    pairs: list[Pair] = []
    for first, second in zip(pieces[at::2], pieces[at + 1 :: 2], strict=False):
        if (pairs and not _is_apart(pairs[-1], first)) or not _is_entry(first, second):
            break
        pairs.append(Pair(first, [second]))
    end = at + 2 * len(pairs)
    if pairs and end < len(pieces) and not _is_apart(pairs[-1], pieces[end]):
        pairs.pop()
    return pairs if len(pairs) >= LEAST_ENTRIES else []


def _is_entry(first: Piece, second: Piece) -> bool:
    low, high = sorted((first.size, second.size))
    return (
        first.words <= LABEL_WORDS
        and second.top - first.bottom <= LEADING_RATIO * low
        and abs(first.left - second.left) <= LEFT_RATIO * low
        and high <= SAME_SIZE_RATIO * low
        and first.heavy == second.heavy
    )


def fields_at(pieces: Sequence[Piece], at: int) -> list[Pair]:
    """Fields under each other, with smaller labels over them. Fewer than two are none."""
    pairs: list[Pair] = []
    for first, second in zip(pieces[at::2], pieces[at + 1 :: 2], strict=False):
        if not _is_label(first, second) or (pairs and not _is_label(first, pairs[-1].values[0])):
            break
        pairs.append(Pair(first, [second]))
    return pairs if len(pairs) >= LEAST_ENTRIES else []


def _is_label(piece: Piece, field: Piece) -> bool:
    return (
        max(piece.words, field.words) <= LABEL_WORDS
        and not piece.is_figure
        and piece.size < SMALLER_RATIO * field.size
        and not piece.heavy
        and abs(piece.middle - field.middle) <= (1 + FIELD_RATIO) * field.height
        and is_aligned(piece, field)
    )


def _is_apart(entry: Pair, after: Piece) -> bool:
    label, value = entry.label, entry.values[0]
    return after.middle - value.middle >= APART_RATIO * (value.middle - label.middle)


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
