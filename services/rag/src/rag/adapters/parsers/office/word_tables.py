"""Rows and cells of a Word table, whatever they are wrapped in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rag.adapters.parsers.office.package import Element
from rag.adapters.parsers.office.word_styles import W, value_of
from rag.adapters.parsers.office.word_text import local_name

_MOST_COLUMNS: Final = 63  # Word's own limit
_DELETED: Final = frozenset({"del", "moveFrom"})


@dataclass(frozen=True)
class WordCell:
    """A cell of one row.

    Attributes:
        content: element with its paragraphs and tables.
        columns: how many columns it spans.
        goes_on: it is merged with the cell above.
    """

    content: Element
    columns: int
    goes_on: bool


def rows_of(table: Element, is_shown: Callable[[Element], bool]) -> Iterator[list[WordCell]]:
    """Rows with at least one cell."""
    for row in _within(table, "tr"):
        if is_shown(row) and (cells := [_cell(cell) for cell in _within(row, "tc")]):
            yield cells


def _cell(cell: Element) -> WordCell:
    span = value_of(cell, "tcPr", "gridSpan") or "1"
    columns = int(span) if span.isdecimal() else 1
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    return WordCell(
        content=cell,
        columns=max(1, min(columns, _MOST_COLUMNS)),
        goes_on=merge is not None and merge.get(f"{W}val", "continue") == "continue",
    )


def _within(parent: Element, name: str) -> Iterator[Element]:
    """Children of a name, also those in content controls and insertions."""
    for child in parent:
        found = local_name(child)
        if found == name:
            yield child
        elif found not in _DELETED and found not in ("tbl", "tr", "tc", "p"):
            yield from _within(child, name)
