"""The order in which people read a page: columns one after the other, rows across.

Recursive XY-cut (Nagy and Seth, 1984), with the gutters of columns looked for before the rows of
tables: what stands between two gutters is read to its end first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

SAME_ROW_RATIO: Final = 0.5
"""Cells stand in one row when at least this share of the lower one lies beside the other."""
CELL_GAP_RATIO: Final = 1.0
"""A wider gap, in heights of the text, parts two cells; a blank is about 0.3."""
SPACE_GAP_RATIO: Final = 0.15
"""A wider gap is a blank that was not written."""
COLUMN_LINES: Final = 3
"""Fewer lines side by side are no columns."""
COLUMN_WIDTH_RATIO: Final = 8.0
"""Of a line of a column, in heights of its text: about three words."""
FULL_LINE_RATIO: Final = 0.7
"""Half of a column's lines reach this share of its width; the cells of a table do not."""


@dataclass(frozen=True)
class PageCell:
    """Text in one piece on a page; origin top left, unit a point (1/72 inch), `size` 0: unknown."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float = 0.0
    is_field: bool = False

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left


Row = tuple[PageCell, ...]
"""Cells beside each other, left to right, never empty."""


def reading_order(cells: Sequence[PageCell], rules: Sequence[PageCell] = ()) -> list[list[Row]]:
    """Columns and what spans them, in the order of reading; each a list of rows, top to bottom.

    Args:
        cells: of one page, in any order.
        rules: drawn lines, as cells without text; what a line crosses is a table, no columns.
    """
    if not cells:
        return []
    parts = _at_gutter(cells, rules)
    if parts is None:
        return [_rows(cells)]
    return [region for part in parts for region in reading_order(part, rules)]


def _at_gutter(cells: Sequence[PageCell], rules: Sequence[PageCell]) -> list[list[PageCell]] | None:
    """The parts that a gutter makes, what spans it apart; None where there are no columns."""
    best: tuple[int, list[list[PageCell]]] | None = None
    for gutter in _gutters(cells):
        spanning = [cell for cell in cells if cell.left < gutter < cell.right]
        if best is not None and len(spanning) >= best[0]:
            continue
        bands = _bands(cells, spanning, gutter, rules)
        if any(len(band) > 1 for band in bands):
            best = len(spanning), [part for band in bands for part in band]
    return best[1] if best else None


def _gutters(cells: Sequence[PageCell]) -> list[float]:
    """The middles of all gaps beside cells, each once for every half height of text."""
    step = max(1.0, median(cell.height for cell in cells) / 2)
    found: dict[int, float] = {}
    for row in _rows(cells):
        for before, after in pairwise(row):
            if after.left > before.right:
                middle = (before.right + after.left) / 2
                found.setdefault(round(middle / step), middle)
    return list(found.values())


def _bands(
    cells: Sequence[PageCell],
    spanning: Sequence[PageCell],
    gutter: float,
    rules: Sequence[PageCell],
) -> list[list[list[PageCell]]]:
    """Top to bottom: [left, right] where there are columns, [cells] where there are none."""
    across = set(spanning)
    bands: list[list[list[PageCell]]] = []
    beside: list[PageCell] = []
    for cell in [*sorted(cells, key=lambda cell: cell.top + cell.bottom), None]:
        if cell is not None and cell not in across:
            beside.append(cell)
            continue
        columns = _columns(beside, gutter, rules)
        if len(columns) > 1 or not bands or len(bands[-1]) > 1:
            bands.append(columns)
        else:
            bands[-1][0].extend(beside)
        beside = []
        if cell is not None:
            if len(bands[-1]) > 1:
                bands.append([[]])
            bands[-1][0].append(cell)
    return [band for band in bands if band[0]]


def _columns(
    cells: Sequence[PageCell], gutter: float, rules: Sequence[PageCell]
) -> list[list[PageCell]]:
    left = [cell for cell in cells if cell.right <= gutter]
    right = [cell for cell in cells if cell.left >= gutter]
    if not (_is_column(left) and _is_column(right)):
        return [list(cells)]
    top, bottom = min(cell.top for cell in cells), max(cell.bottom for cell in cells)
    if any(rule.left < gutter < rule.right and top < rule.top < bottom for rule in rules):
        return [list(cells)]
    return [left, right]


def _is_column(cells: Sequence[PageCell]) -> bool:
    """Lines of prose: enough of them, long, most of them full."""
    if len(cells) < COLUMN_LINES:
        return False
    rows = _rows(cells)
    lines = [(row[-1].right - row[0].left, max(cell.height for cell in row)) for row in rows]
    if len(rows) < COLUMN_LINES or median(w / h for w, h in lines) < COLUMN_WIDTH_RATIO:
        return False
    widest = max(width for width, _ in lines)
    return sum(width >= FULL_LINE_RATIO * widest for width, _ in lines) * 2 > len(lines)


def _rows(cells: Sequence[PageCell]) -> list[Row]:
    """Cells put together where they stand beside each other, joined where nothing parts them."""
    rows: list[list[PageCell]] = []
    for cell in sorted(cells, key=lambda cell: (cell.top + cell.bottom, cell.left)):
        # Only the last few can still be beside it: cells come from the top.
        row = next((row for row in reversed(rows[-4:]) if _is_beside(cell, row[0])), None)
        if row is None:
            rows.append([cell])
        else:
            row.append(cell)
    return [_joined(row) for row in rows]


def _is_beside(cell: PageCell, other: PageCell) -> bool:
    shared = min(cell.bottom, other.bottom) - max(cell.top, other.top)
    return shared >= SAME_ROW_RATIO * min(cell.height, other.height)


def _joined(row: Sequence[PageCell]) -> Row:
    joined: list[PageCell] = []
    for cell in sorted(row, key=lambda cell: cell.left):
        last = joined[-1] if joined else None
        if last is None or last.is_field or cell.is_field:
            joined.append(cell)
            continue
        gap, height = cell.left - last.right, min(last.height, cell.height)
        if gap > CELL_GAP_RATIO * height:
            joined.append(cell)
        else:
            joined[-1] = _both(last, cell, " " if gap > SPACE_GAP_RATIO * height else "")
    return tuple(joined)


def _both(a: PageCell, b: PageCell, between: str) -> PageCell:
    return PageCell(
        a.text + between + b.text,
        a.left,
        min(a.top, b.top),
        max(a.right, b.right),
        max(a.bottom, b.bottom),
        max(a.size, b.size),
    )
