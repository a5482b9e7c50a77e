"""Grids: rows below each other whose places stand in the same columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from vision_worker.domain.geometry.piece import Piece, is_aligned
from vision_worker.domain.geometry.rows import Place, Row, first_pieces

PITCH_RATIO: Final = 3.2
"""A row that is further from the last than this many times the least distance is another grid's."""
FILLED_RATIO: Final = 0.4
"""Of a grid's places; fewer texts stand below each other by chance."""
ALIGNED_OTHERS: Final = 0.3
"""A text is in line with at least this share of its column's others: labels, or else values."""
ALIGNED_SHARE: Final = 0.6
"""Of a column's texts are in line."""
SAME_SIZE_RATIO: Final = 1.3
GROUPED_RATIO: Final = 1.35
"""Distances between groups of rows are at least this many times those inside a group."""

Slots = list[Place | None]
"""One row of a grid: a place or None for each column."""


@dataclass(frozen=True)
class Grid:
    """Rows from the top, at least two; each has a slot for every column, at least two."""

    rows: list[Slots]

    @property
    def width(self) -> int:
        return len(self.rows[0])

    def column(self, index: int) -> list[Place]:
        return [place for row in self.rows if (place := row[index])]

    def groups(self) -> list[list[Slots]]:
        """Rows that stand nearer to each other than to the rest; one row each where none do."""
        distances = [below - above for above, below in pairwise(map(_middle, self.rows))]
        wide = max(distances)
        if wide < GROUPED_RATIO * min(distances):
            return [self.rows] if len(self.rows) <= FEW else [[row] for row in self.rows]
        parted = (wide * min(distances)) ** 0.5
        groups = [[self.rows[0]]]
        for distance, row in zip(distances, self.rows[1:], strict=True):
            if distance > parted:
                groups.append([row])
            else:
                groups[-1].append(row)
        return groups


FEW: Final = 3


def _middle(row: Sequence[Place | None]) -> float:
    return median(place[0].middle for place in row if place)


def with_grids(rows: Sequence[Row]) -> list[Grid | Row]:
    """The same rows from the top, those of a grid put together."""
    found: list[Grid | Row] = []
    at = 0
    while at < len(rows):
        grid = _grid_at(rows, at)
        if grid is None:
            found.append(rows[at])
            at += 1
        else:
            found.append(grid)
            at += len(grid.rows)
    return found


def _grid_at(rows: Sequence[Row], start: int) -> Grid | None:
    if len(rows[start]) == 1 or not _is_even(rows[start]):
        return None
    columns = [(place[0].left, _right(place)) for place in rows[start]]
    taken = [rows[start]]
    for row in rows[start + 1 :]:
        wider = _with(columns, row)
        if wider is None or not _is_next(taken, row):
            break
        columns = wider
        taken.append(row)
    return _best(taken)


def _best(rows: list[Row]) -> Grid | None:
    """The most of the rows that make a good grid; None where two do not."""
    while len(rows) > 1:
        if len(rows[-1]) > 1 or _goes_on(rows):
            grid = Grid(_slots(rows))
            if _is_good(grid):
                return grid
        rows = rows[:-1]
    return None


def _goes_on(rows: Sequence[Row]) -> bool:
    """Whether the last row, of one text, stands to the row over it as others of the grid do."""
    distances = [b - a for a, b in pairwise(map(_middle, rows))]
    others = [
        distance for distance, row in zip(distances, rows[1:-1], strict=False) if len(row) == 1
    ]
    return bool(others) and distances[-1] < GROUPED_RATIO * max(others)


def _slots(rows: Sequence[Row]) -> list[Slots]:
    columns: list[tuple[int, int]] = []
    for row in rows:
        columns = _with(columns, row) or columns
    return [_slotted(row, columns) for row in rows]


def _slotted(row: Row, columns: Sequence[tuple[int, int]]) -> Slots:
    slots: Slots = [None] * len(columns)
    for place in row:
        at = next(i for i, (left, right) in enumerate(columns) if left <= place[0].left <= right)
        slots[at] = place
    return slots


def _with(columns: Sequence[tuple[int, int]], row: Row) -> list[tuple[int, int]] | None:
    """The columns, widened by a row; None where one of its places would lie in two of them."""
    wider = list(columns)
    seen: set[int] = set()
    for place in row:
        left, right = min(one.left for one in place), _right(place)
        over = [i for i, (begin, end) in enumerate(wider) if left < end and begin < right]
        if len(over) > 1 or (over and over[0] in seen):
            return None
        if over:
            begin, end = wider[over[0]]
            wider[over[0]] = min(left, begin), max(right, end)
            seen.add(over[0])
        else:
            at = sum(begin < left for begin, _ in wider)
            wider.insert(at, (left, right))
            seen = {i + (i >= at) for i in seen} | {at}
    return wider


def _right(place: Place) -> int:
    return max(piece.right for piece in place)


def _is_next(taken: Sequence[Row], row: Row) -> bool:
    distances = [b - a for a, b in pairwise(_middle(one) for one in [*taken, row])]
    height = median(piece.height for piece in first_pieces(taken[-1]))
    least = max(min(distances), 1.2 * height)
    if distances[-1] > PITCH_RATIO * least or distances[-1] > 6 * height:
        return False
    return len(row) > 1 or not _is_headline(taken[-1], row[0][0])


def _is_headline(row: Row, piece: Piece) -> bool:
    """Whether a text alone in its row begins something new."""
    before = median(one.size for one in first_pieces(row))
    return piece.size > 1.15 * before or (piece.heavy and not row[0][0].heavy)


def _is_even(row: Row) -> bool:
    sizes = [piece.size for piece in first_pieces(row)]
    return max(sizes) <= SAME_SIZE_RATIO * min(sizes)


def _is_good(grid: Grid) -> bool:
    filled = sum(place is not None for row in grid.rows for place in row)
    if filled < FILLED_RATIO * len(grid.rows) * grid.width:
        return False
    aligned = [_is_column(grid.column(index)) for index in range(grid.width)]
    return sum(aligned) * 2 > grid.width and aligned[0] | aligned[-1]


def _is_column(places: Sequence[Place]) -> bool:
    if len(places) == 1:
        return True
    firsts = [place[0] for place in places]
    aligned = [sum(is_aligned(one, other) for other in firsts) - 1 for one in firsts]
    least = max(1, ALIGNED_OTHERS * (len(firsts) - 1))
    return sum(others >= least for others in aligned) >= ALIGNED_SHARE * len(firsts)
