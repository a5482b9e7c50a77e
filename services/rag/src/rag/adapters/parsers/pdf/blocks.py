"""Rows of a page as headings, paragraphs, pairs of label and value, and tables."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median
from typing import Final

from rag.adapters.parsers.builder import TextBuilder, clean, one_line
from rag.domain.page_layout import PageCell, Row

_NUMBERED_HEADING = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[A-Z][^.!?]{2,70}$")
_LIST_MARK = re.compile(r"^\s*([•●▪■◦‣☐☑\u2013\u2014*-]|\(?\w{1,3}[.)]|\d+(\.\d+)+)\s*$")
_LIST_ITEM = re.compile(
    r"^\s*([•●▪■◦‣☐☑\u2013\u2014*-]\s|\(?\d{1,3}[.)]\s|\d+(\.\d+)+\S*\s|\(?[a-z][.)]\s)"
)
# Two letters at least: a single one before a hyphen stands for itself (d-dimensional).
_BROKEN_WORD = re.compile(r"[^\W\d_]{2}-$")
_LABEL_ENDS: Final = (":", "\uff1a")
LARGER_RATIO: Final = 1.12
TITLE_CHARS: Final = 100
_NO_TITLE_ENDS: Final = ".,;:"
FULL_LINE_RATIO: Final = 0.7
"""A line that reaches this share of the usual width goes on in the next one."""
PARAGRAPH_GAP_RATIO: Final = 0.6
"""So many heights of the text above the usual gap between lines part two paragraphs."""
TABLE_MEMORY: Final = 8
"""Rows above with which a row may be aligned; those between may have other cells."""
ALIGNED_RATIO: Final = 0.7
"""Cells whose edges differ by less, in heights of the text, stand in one column."""


class Headings:
    """Which lines are headings: by the outline, by the size of print, by their number.

    Args:
        chars: height of print → characters of the document printed in it.
        outline: page → title in lower case → level.
    """

    def __init__(self, chars: Counter[float], outline: Mapping[int, Mapping[str, int]]) -> None:
        usual = chars.most_common(1)[0][0] if chars else 0.0
        larger = {_step(size) for size in chars if size >= usual * LARGER_RATIO}
        self._larger = sorted(larger, reverse=True)
        self._outline = outline

    def level(self, text: str, size: float, page: int) -> int:
        """From 1; 0 for no heading."""
        lowered = text.lower()
        for title, level in self._outline.get(page, {}).items():
            if lowered == title or (
                lowered.endswith(title) and not lowered[: -len(title)].strip(" .0123456789")
            ):
                return level
        printed = _step(size)
        if printed in self._larger and len(text) <= TITLE_CHARS and text[-1] not in _NO_TITLE_ENDS:
            return self._larger.index(printed) + 1
        numbered = _NUMBERED_HEADING.match(text)
        return numbered.group(1).count(".") + 1 if numbered else 0


def _step(size: float) -> float:
    """Sizes of print that nobody tells apart are one."""
    return round(size * 2) / 2


@dataclass(frozen=True)
class _Line:
    text: str
    cell: PageCell
    level: int
    is_pair: bool = False


def add_region(builder: TextBuilder, rows: Sequence[Row], page: int, headings: Headings) -> None:
    """Add the rows of one column, top to bottom."""
    tabular = _tabular(rows)
    numbered = list(enumerate(rows))
    for is_table, part in groupby(numbered, key=lambda item: item[0] in tabular):
        found = [row for _, row in part]
        if is_table:
            _add_table(builder, found, page)
        else:
            _add_lines(builder, list(_lines(found, page, headings)), page)


def _tabular(rows: Sequence[Row]) -> set[int]:
    """Numbers of the rows that stand in a table: their cells are aligned with a neighbour's."""
    found: set[int] = set()
    table: list[int] = []
    for at, row in enumerate(rows):
        if len(row) == 1:
            if not table or _continued(rows[at - 1], row) is None:
                table = []
            continue
        if _is_pairs(row) or _LIST_MARK.match(row[0].text):
            table = []
            continue
        aligned = any(_are_aligned(rows[other], row) for other in table[-TABLE_MEMORY:])
        table = [*table, at] if aligned or not table else [at]
        if aligned:
            found |= set(range(table[0], at + 1))
    return found


def _are_aligned(a: Row, b: Row) -> bool:
    return any(_edges_meet(one, other) for one in a[1:] for other in b[1:])


def _edges_meet(a: PageCell, b: PageCell) -> bool:
    near = ALIGNED_RATIO * min(a.height, b.height)
    middles = (a.left + a.right - b.left - b.right) / 2
    return min(abs(a.left - b.left), abs(a.right - b.right), abs(middles)) <= near


def _is_pairs(row: Row) -> bool:
    """Label and value, once or more often: `Date:` `3 May`, or a field with what stands before."""
    return len(row) % 2 == 0 and all(
        label.text.endswith(_LABEL_ENDS) or value.is_field
        for label, value in zip(row[::2], row[1::2], strict=True)
    )


def _continued(above: Row, row: Row) -> int | None:
    """The cell of the row above that goes on in this row, never the first; None for none."""
    cell, *others = row
    if others or cell.top - max(one.bottom for one in above) > PARAGRAPH_GAP_RATIO * cell.height:
        return None
    places = (at for at, one in enumerate(above) if at and abs(one.left - cell.left) <= cell.height)
    return next(places, None)


def _add_table(builder: TextBuilder, rows: Sequence[Row], page: int) -> None:
    columns = _columns([cell for row in rows for cell in row])
    last: list[str] = []
    table: list[list[str]] = []
    for at, row in enumerate(rows):
        places = [_place(cell, columns) for cell in row]
        more = _continued(rows[at - 1], row) if at else None
        if more is not None and last and places[0] < len(last):
            last[places[0]] = f"{last[places[0]]} {row[0].text}"
            continue
        if len(set(places)) < len(places):
            places = list(range(len(row)))
        last = [""] * (max(places) + 1)
        for place, cell in zip(places, row, strict=True):
            last[place] = cell.text
        table.append(last)
    for cells in table:
        builder.row(cells, page=page)


def _columns(cells: Sequence[PageCell]) -> list[tuple[float, float]]:
    """Left and right of what the cells cover together, left to right."""
    spans: list[tuple[float, float]] = []
    for cell in sorted(cells, key=lambda cell: cell.left):
        if spans and cell.left <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], cell.right))
        else:
            spans.append((cell.left, cell.right))
    return spans


def _place(cell: PageCell, columns: Sequence[tuple[float, float]]) -> int:
    return next(at for at, (left, right) in enumerate(columns) if left <= cell.left <= right)


def _lines(rows: Sequence[Row], page: int, headings: Headings) -> Iterator[_Line]:
    for row in rows:
        if len(row) > 1 and _is_pairs(row):
            for label, value in zip(row[::2], row[1::2], strict=True):
                named = label.text if label.text.endswith(_LABEL_ENDS) else f"{label.text}:"
                shown = one_line(f"{named} {value.text}")
                yield _Line(shown, _around((label, value)), 0, is_pair=True)
            continue
        text = one_line(" ".join(cell.text for cell in row))
        if not text:
            continue
        around = _around(row)
        yield _Line(text, around, headings.level(text, around.size, page))


def _around(row: Row) -> PageCell:
    return PageCell(
        "",
        row[0].left,
        min(cell.top for cell in row),
        row[-1].right,
        max(cell.bottom for cell in row),
        max(cell.size for cell in row),
    )


def _add_lines(builder: TextBuilder, lines: Sequence[_Line], page: int) -> None:
    for level, text in _paragraphs(lines):
        if level:
            builder.heading(text, level, page=page)
        else:
            builder.text(clean(text), page=page)


def _paragraphs(lines: Sequence[_Line]) -> Iterator[tuple[int, str]]:
    """Lines joined: (0, paragraph), (level, heading)."""
    gaps = [b.cell.top - a.cell.bottom for a, b in pairwise(lines)]
    usual_gap = max(0.0, median(gaps)) if gaps else 0.0
    widths = sorted(line.cell.width for line in lines)
    full = widths[len(widths) * 9 // 10] * FULL_LINE_RATIO if widths else 0.0
    level, paragraph = 0, ""
    before: _Line | None = None
    for line in lines:
        if before is not None and _goes_on(before, line, usual_gap, full):
            paragraph = _joined(paragraph, line.text)
        else:
            if paragraph:
                yield level, paragraph
            level, paragraph = line.level, line.text
        before = line
    if paragraph:
        yield level, paragraph


def _goes_on(before: _Line, line: _Line, usual_gap: float, full: float) -> bool:
    if before.level != line.level or before.is_pair or line.is_pair:
        return False
    if _LIST_ITEM.match(line.text):
        return False
    gap = line.cell.top - before.cell.bottom
    if gap > usual_gap + PARAGRAPH_GAP_RATIO * line.cell.height:
        return False
    if line.level and (before.cell.size != line.cell.size or _NUMBERED_HEADING.match(line.text)):
        return False
    return before.cell.width >= full


def _joined(paragraph: str, line: str) -> str:
    if _BROKEN_WORD.search(paragraph) and line[:1].islower():
        return paragraph[:-1] + line
    return f"{paragraph} {line}"
