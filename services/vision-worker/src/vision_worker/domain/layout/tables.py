"""What a grid is: a table with or without a header, pairs, or stacks side by side."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from vision_worker.domain.geometry.grids import Grid, Slots
from vision_worker.domain.geometry.piece import Piece, joined
from vision_worker.domain.layout.fields import fields_of

TALLER_RATIO: Final = 1.18
"""Type of a figure against its label's."""
PAIR: Final = 2
"""Columns: a label's and a value's."""
STACKED_SHARE: Final = 0.75
"""Of a grid's groups of rows."""
STACKED_ROWS: Final = 4
"""A label, its value and what is noted about it."""


def kind_of(grid: Grid) -> Literal["table", "pairs", "stacks"]:
    """Stacks are read column by column: tiles, price cards, fields under their labels."""
    if _is_stacked(grid):
        return "stacks"
    if grid.width == PAIR and not has_header(grid) and not _is_log(grid):
        return "pairs"
    return "table"


def _is_stacked(grid: Grid) -> bool:
    if fields_of(grid):
        return True
    groups = grid.groups()
    stacks = [group for group in groups if _is_stack(group)]
    if len(stacks) > 1 and len(stacks) >= STACKED_SHARE * len(groups):
        return True
    return any(_is_figure_row(a, b) or _is_figure_row(b, a) for a, b in pairwise(grid.rows))


def _is_stack(group: Sequence[Slots]) -> bool:
    """Whether rows near to each other fill the same columns; a row and its wrapped rest do not."""
    filled = {tuple(place is not None for place in row) for row in group}
    return 1 < len(group) <= STACKED_ROWS and len(filled) == 1


def _is_figure_row(figures: Slots, labels: Slots) -> bool:
    """Whether large figures stand over or under small labels, in every column that has both."""
    both = [(a[0], b[0]) for a, b in zip(figures, labels, strict=True) if a and b]
    return len(both) > 1 and all(a.is_figure and a.size >= TALLER_RATIO * b.size for a, b in both)


def stacks_of(grid: Grid) -> list[list[Slots]]:
    """Groups of rows, each of stacks side by side."""
    groups = grid.groups()
    singles = sum(len(group) == 1 for group in groups)
    return groups if singles * 2 < len(groups) else [grid.rows]


def _is_log(grid: Grid) -> bool:
    """Whether figures stand before texts: times of events, numbers of lines; no labels."""
    first, second = ([place[0] for place in grid.column(index)] for index in (0, 1))
    figures = sum(piece.is_figure for piece in first)
    return figures > len(first) / 2 and sum(piece.is_figure for piece in second) <= len(second) / 2


def has_header(grid: Grid) -> bool:
    """Whether the first row differs from the others as headers do."""
    head = _firsts(grid.rows[0])
    body = [piece for row in grid.rows[1:] for piece in _firsts(row)]
    if len(head) == 1:
        return False
    if all(piece.heavy for piece in head) and sum(piece.heavy for piece in body) * 2 < len(body):
        return True
    if any(piece.is_figure for piece in head):
        return False
    if _is_upper(head) and not _is_upper(body):
        return True
    if _differs(head, body):
        return True
    return grid.width > PAIR and any(_is_figures(grid, index) for index in range(grid.width))


def _differs(head: Sequence[Piece], body: Sequence[Piece]) -> bool:
    size = median(piece.size for piece in body)
    return all(piece.size < 0.93 * size for piece in head)


def _firsts(row: Slots) -> list[Piece]:
    return [place[0] for place in row if place]


def _is_upper(pieces: Sequence[Piece]) -> bool:
    return all(piece.text == piece.text.upper() != piece.text.lower() for piece in pieces)


def _is_figures(grid: Grid, index: int) -> bool:
    below = [row[index] for row in grid.rows[1:]]
    figures = [place[0].is_figure for place in below if place]
    return bool(grid.rows[0][index]) and sum(figures) * 3 > 2 * len(figures)


def table_rows(grid: Grid) -> list[list[Piece | None]]:
    """One text a place: lines of a place, and of rows that go on with the row over them, joined."""
    columns = range(grid.width)
    return [[_one(group, index) for index in columns] for group in _whole(grid)]


def _whole(grid: Grid) -> list[list[Slots]]:
    groups = grid.groups()
    whole: list[list[Slots]] = []
    for group in groups if len(groups) > 1 else [[row] for row in grid.rows]:
        for row in group:
            begins = row is group[0] or len(_firsts(row)) * 2 > len(_firsts(group[0]))
            if begins:
                whole.append([row])
            else:
                whole[-1].append(row)
    return whole


def _one(group: Sequence[Slots], index: int) -> Piece | None:
    pieces = [piece for row in group for piece in row[index] or ()]
    return joined(pieces) if pieces else None
