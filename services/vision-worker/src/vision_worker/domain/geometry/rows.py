"""Rows: what stands beside each other, in places; a place may hold lines below each other."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from vision_worker.domain.geometry.piece import Piece, joined

CORE_RATIO: Final = 0.4
"""Of a text's height, from its middle up and down."""
BLANK_RATIO: Final = 0.5
"""Pieces nearer than this, in heights, are one text that was read in two."""
MARK_RATIO: Final = 1.5
"""A mark further from a text, in heights, does not belong to it."""
BAR_RATIO: Final = 1.7
"""A mark this much taller than the text beside it is a drawn line that was read."""
DASHES: Final = frozenset({"-", "\u2013", "\u2014"})
"""In a table: no value."""
SAME_HEIGHT_RATIO: Final = 1.3

Place = list[Piece]
"""Lines below each other, from the top; never empty."""
Row = list[Place]
"""Beside each other, from the left; never empty."""


def rows_of(pieces: Sequence[Piece]) -> list[Row]:
    """From the top. What overlaps in height is one row, through others if need be.

    A value between the two lines of its label is beside both.
    """
    found: list[tuple[float, list[Piece]]] = []
    spans = [(one.middle - CORE_RATIO * one.height, one) for one in pieces]
    for begin, piece in sorted(spans, key=lambda span: (span[0], span[1].left, span[1].text)):
        end = piece.middle + CORE_RATIO * piece.height
        if found and begin < found[-1][0]:
            found[-1] = max(end, found[-1][0]), [*found[-1][1], piece]
        else:
            found.append((end, [piece]))
    return [_places(row) for _, row in found]


def _places(pieces: Sequence[Piece]) -> Row:
    places: list[tuple[int, Place]] = []
    for piece in sorted(pieces, key=lambda one: (one.left, one.right, one.text)):
        if places and piece.left < places[-1][0]:
            places[-1] = max(places[-1][0], piece.right), [*places[-1][1], piece]
        else:
            places.append((piece.right, [piece]))
    row = [sorted(place, key=lambda one: (one.middle, one.left)) for _, place in places]
    return _read_in_two(_with_marks(row))


def _with_marks(row: Row) -> Row:
    """A mark before a text, such as a legend's square or a bullet, is part of it."""
    whole: Row = []
    for place in row:
        mark = whole[-1][0] if whole and len(whole[-1]) == 1 else None
        if mark and is_mark(mark) and _is_before(mark, place[0]):
            whole[-1] = [replace(place[0], text=f"{mark.text} {place[0].text}"), *place[1:]]
        else:
            whole.append(place)
    return whole


def _is_before(mark: Piece, piece: Piece) -> bool:
    is_near = piece.left - mark.right < MARK_RATIO * piece.height
    return is_near and mark.height <= BAR_RATIO * piece.height


def is_mark(piece: Piece) -> bool:
    return not any(sign.isalnum() for sign in piece.text) and piece.text not in DASHES


def _read_in_two(row: Row) -> Row:
    whole = row[:1]
    for before, after in pairwise(row):
        if len(before) == len(after) == 1 and _is_one_text(whole[-1][-1], after[0]):
            whole[-1] = [joined([whole[-1][0], after[0]])]
        else:
            whole.append(after)
    return whole


def _is_one_text(a: Piece, b: Piece) -> bool:
    low, high = sorted((a.height, b.height))
    return b.left - a.right < BLANK_RATIO * low and high < SAME_HEIGHT_RATIO * low


def first_pieces(row: Row) -> list[Piece]:
    return [place[0] for place in row]


def all_pieces(rows: Sequence[Row]) -> list[Piece]:
    """In the order of reading."""
    return [piece for row in rows for place in row for piece in place]
