"""Cells of an XLSX as its program shows them, from its XML (ECMA-376, part 1, 18)."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final

from rag.adapters.parsers.office.number_formats import BUILT_IN, GENERAL, Value, shown
from rag.adapters.parsers.office.package import Element, Package, is_true

S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL, _VALUE, _FORMULA, _INLINE = f"{S}c", f"{S}v", f"{S}f", f"{S}is"
_RELATION_ID: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_LAST_COLUMN: Final = 16_384  # XFD
NOT_CALCULATED: Final = "(not calculated)"


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: its text as shown, and whether it is a figure, a date or a truth."""

    text: str
    is_figure: bool


@dataclass
class Sheet:
    """What a worksheet holds, hidden or not.

    Attributes:
        rows: by number from 1, ascending; cells by column from 1; neither holds empty ones.
        hidden_rows: numbers of hidden rows.
        hidden_columns: numbers of hidden columns.
        uncounted: cells (`D2`) with a formula whose value the file does not hold.
        blanked: cells whose format shows nothing.
    """

    rows: dict[int, dict[int, Cell]] = field(default_factory=dict[int, dict[int, Cell]])
    hidden_rows: set[int] = field(default_factory=set[int])
    hidden_columns: set[int] = field(default_factory=set[int])
    uncounted: list[str] = field(default_factory=list[str])
    blanked: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Tab:
    """A sheet of the workbook: its name, the part that it is in, whether one sees it."""

    name: str
    part: str
    kind: str
    is_hidden: bool


class Workbook:
    """What all sheets share: texts, formats, the calendar."""

    def __init__(self, package: Package) -> None:
        self._package = package
        root = package.xml(package.main)
        ties = package.relations(package.main)
        self.tabs = [
            Tab(tab.get("name", ""), tie.target, tie.kind, tab.get("state", "visible") != "visible")
            for tab in root.iterfind(f"{S}sheets/{S}sheet")
            if (tie := ties.get(tab.get(_RELATION_ID, ""))) is not None
        ]
        properties, calculation = root.find(f"{S}workbookPr"), root.find(f"{S}calcPr")
        self._is_1904 = properties is not None and is_true(properties.get("date1904"))
        # Programs that write formulas without calculating them write 0 and ask to calculate.
        self._zeros_are_stale = calculation is not None and is_true(
            calculation.get("fullCalcOnLoad")
        )
        self._formats = _formats(package.related(package.main, "styles"))
        shared = next((tie.target for tie in ties.values() if tie.kind == "sharedStrings"), None)
        items = package.elements(shared, (f"{S}si",)) if shared is not None else ()
        self._texts = [_text(item) for item in items]

    def read(self, tab: Tab) -> Sheet:
        """All cells of a worksheet; the caller decides what becomes of the hidden ones."""
        sheet = Sheet()
        merged: list[str] = []
        number = 0
        for element in self._package.elements(tab.part, (f"{S}row", f"{S}col", f"{S}mergeCell")):
            if element.tag == f"{S}row":
                number = _whole(element.get("r"), number + 1)
                self._row(sheet, number, element)
            elif element.tag == f"{S}col":
                _column(sheet, element)
            else:
                merged.append(element.get("ref", ""))
        for ref in merged:
            _fill_down(sheet, ref)
        return sheet

    def _row(self, sheet: Sheet, number: int, row: Element) -> None:
        if _is_hidden(row, "ht"):
            sheet.hidden_rows.add(number)
        cells: dict[int, Cell] = {}
        column = 0
        for element in row:
            if element.tag != _CELL:
                continue
            letters = element.get("r", "").rstrip("0123456789")
            column = column_number(letters) if letters else column + 1
            cell = self._cell(element)
            if cell is None:
                continue
            where = f"{column_letters(column)}{number}"
            if cell.text == NOT_CALCULATED:
                sheet.uncounted.append(where)
            elif not cell.text.strip():
                sheet.blanked.append(where)
                continue
            cells[column] = cell
        if cells:
            sheet.rows[number] = cells

    def _cell(self, element: Element) -> Cell | None:
        """None for a cell without a value."""
        kind = element.get("t", "n")
        written, formula = _stored(element)
        # An empty text that was calculated is a value: it has the type `str`.
        if formula and (written is None or (not written and kind != "str")):
            return Cell(NOT_CALCULATED, is_figure=True)
        if not written:
            return None
        value = self._value(kind, written)
        if formula and self._zeros_are_stale and kind == "n" and value == 0:
            return Cell(NOT_CALCULATED, is_figure=True)
        if isinstance(value, str) and not value.strip():
            return None
        style = _whole(element.get("s"), 0)
        number_format = self._formats[style] if style < len(self._formats) else GENERAL
        text = shown(value, number_format, is_1904=self._is_1904)
        return Cell(text, is_figure=not isinstance(value, str))

    def _value(self, kind: str, written: str) -> Value:
        match kind:
            case "s":
                return self._texts[int(written)]
            case "b":
                return is_true(written)
            case "d":
                return _moment(written)
            case "n":
                number = float(written)
                return int(number) if number.is_integer() and abs(number) < 2**53 else number
            case _:  # str, inlineStr, and e: an error is shown as its name
                return written


def _stored(cell: Element) -> tuple[str | None, bool]:
    """The value as it is written, and whether it comes from a formula."""
    written, formula = None, False
    for child in cell:  # `find` takes twice as long, and there are millions of cells
        if child.tag == _VALUE:
            written = child.text or ""
        elif child.tag == _FORMULA:
            formula = True
        elif child.tag == _INLINE:
            written = _text(child)
    return written, formula


def _formats(root: Element | None) -> list[str]:
    """Number format of each cell style, by its index."""
    if root is None:
        return []
    own = {
        item.get("numFmtId", ""): item.get("formatCode", "")
        for item in root.iterfind(f"{S}numFmts/{S}numFmt")
    }
    ids = (item.get("numFmtId", "0") for item in root.iterfind(f"{S}cellXfs/{S}xf"))
    return [own.get(number) or BUILT_IN.get(number, GENERAL) for number in ids]


def _text(item: Element) -> str:
    """Plain or in runs; how it is pronounced (rPh) is not shown."""
    return "".join(
        piece.text or "" for piece in item.iter(f"{S}t") if piece.getparent().tag != f"{S}rPh"
    )


def _moment(written: str) -> Value:
    """A date in ISO 8601; the text itself where it is none."""
    for read in (datetime.fromisoformat, date.fromisoformat, time.fromisoformat):
        try:
            return read(written)
        except ValueError:
            continue
    return written


def _column(sheet: Sheet, element: Element) -> None:
    if _is_hidden(element, "width"):
        first, last = _whole(element.get("min"), 1), _whole(element.get("max"), 1)
        sheet.hidden_columns.update(range(first, min(last, _LAST_COLUMN) + 1))


def _is_hidden(element: Element, size: str) -> bool:
    return is_true(element.get("hidden")) or element.get(size) == "0"


def _fill_down(sheet: Sheet, ref: str) -> None:
    """A cell merged over several rows stands in each of them."""
    first, _, last = ref.partition(":")
    column = column_number(first.rstrip("0123456789"))
    top, bottom = (
        _whole(corner.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 0) for corner in (first, last)
    )
    cell = sheet.rows.get(top, {}).get(column)
    if cell is None or bottom <= top:
        return
    for number in range(top + 1, min(bottom, max(sheet.rows)) + 1):
        if number in sheet.rows:
            sheet.rows[number].setdefault(column, cell)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default


@lru_cache(maxsize=_LAST_COLUMN)
def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


@lru_cache(maxsize=_LAST_COLUMN)
def column_letters(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
