"""A text with its place, and how two of them stand to each other. Lengths are in pixels."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Final

from contracts.media import Box
from contracts.vision import ScreenCell, Tone
from vision_worker.domain.reading import Colour, SeenCell

ALIGNED_RATIO: Final = 1.1
"""Edges this near to each other, in heights of the text, stand in one line: a field's text is that
far inside of its label's edge."""
LEVEL_RATIO: Final = 0.25
"""Middles this near, in heights, are level."""
REACHED_RATIO: Final = 0.8
"""Of its height: how far a box that was read too wide reaches into the next text, at most."""
PARTED_RATIO: Final = 0.6
"""Of its height: how far apart texts stand that were read as two, at least."""
LETTER_RATIO, LINE_RATIO = 0.5, 1.4
"""Usual width of a letter, and distance of lines, in sizes of the type."""
FIGURE: Final = re.compile(r"[^\w\s]{0,3}\s?\d|\w{1,3}\s\d|\S{0,4}\d\S*$")


@dataclass(frozen=True, eq=False)
class Piece:
    """Equal only to itself: the same text may stand at the same place twice."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: float
    tone: Tone | None = None
    heavy: bool = False
    paper: Colour | None = None
    size: float = 0.0
    """Height of one line."""

    @cached_property
    def height(self) -> int:
        return self.bottom - self.top

    @cached_property
    def width(self) -> int:
        return self.right - self.left

    @cached_property
    def middle(self) -> float:
        """From the top."""
        return (self.top + self.bottom) / 2

    @cached_property
    def centre(self) -> float:
        """From the left."""
        return (self.left + self.right) / 2

    @cached_property
    def words(self) -> int:
        return len(self.text.split())

    @cached_property
    def is_figure(self) -> bool:
        """A number, a price, a share, a date: it begins with a digit, but for a sign or a code."""
        return FIGURE.match(self.text) is not None

    def cell(self) -> ScreenCell:
        box = Box(x=self.left, y=self.top, width=self.width, height=self.height)
        return ScreenCell(
            text=self.text,
            box=box,
            confidence=round(self.confidence, 2),
            tone=self.tone,
        )


def pieces_of(cells: Sequence[ScreenCell]) -> list[Piece]:
    """From the top, in an order that does not depend on that of `cells`."""
    return in_order(_parted([_piece(cell) for cell in cells]))


def _parted(pieces: Sequence[Piece]) -> list[Piece]:
    """Boxes that were read too wide, up to the next text's first letter, end before it."""
    by_left = sorted(pieces, key=lambda one: one.left)
    lefts = [one.left for one in by_left]
    return [_before_next(one, by_left, lefts) for one in pieces]


def _before_next(piece: Piece, by_left: Sequence[Piece], lefts: Sequence[int]) -> Piece:
    reach = LEVEL_RATIO * piece.height
    begin = bisect_left(lefts, piece.right - REACHED_RATIO * piece.height)
    end = bisect_left(lefts, piece.right)
    begins = [
        other.left
        for other in by_left[begin:end]
        if other.right > piece.right and abs(other.middle - piece.middle) <= reach
    ]
    right = min(begins, default=0) - round(PARTED_RATIO * piece.height)
    return replace(piece, right=right) if begins and right > piece.left else piece


def _piece(cell: ScreenCell) -> Piece:
    box = cell.box
    heavy, paper = (cell.heavy, cell.paper) if isinstance(cell, SeenCell) else (False, None)
    right, bottom = box.x + box.width, box.y + box.height
    place = (box.x, box.y, right, bottom)
    size = box.height / _lines(cell.text, box)
    return Piece(cell.text, *place, cell.confidence, cell.tone, heavy, paper, size)


def _lines(text: str, box: Box) -> float:
    """In how many lines a text stands in its box, with the room between them; mostly in one."""
    lines = round((len(text) * LETTER_RATIO * box.height / (LINE_RATIO * box.width)) ** 0.5)
    return LINE_RATIO * lines if lines > 1 else 1.0


def in_order(pieces: Iterable[Piece]) -> list[Piece]:
    """From the top, then from the left."""
    return sorted(pieces, key=lambda one: (one.middle, one.left, one.right, one.text))


def joined(pieces: Sequence[Piece], between: str = " ") -> Piece:
    """One piece around all of them, texts in the given order; a tone or weight if all have it."""
    if len(pieces) == 1:
        return pieces[0]
    first = pieces[0].tone
    return Piece(
        between.join(piece.text for piece in pieces),
        min(piece.left for piece in pieces),
        min(piece.top for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.bottom for piece in pieces),
        min(piece.confidence for piece in pieces),
        first if all(piece.tone == first for piece in pieces) else None,
        all(piece.heavy for piece in pieces),
        pieces[0].paper,
        median(piece.size for piece in pieces),
    )


def typical_height(pieces: Sequence[Piece]) -> float:
    return median(piece.height for piece in pieces)


def is_aligned(a: Piece, b: Piece) -> bool:
    """Whether one stands over the other by its left edge, its right edge or its centre."""
    reach = ALIGNED_RATIO * min(a.height, b.height)
    edges = (a.left - b.left, a.right - b.right, a.centre - b.centre)
    return any(abs(edge) <= reach for edge in edges)
