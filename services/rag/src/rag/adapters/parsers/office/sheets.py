"""Text of an XLSX: each sheet's tables, with the row that names their columns first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from rag.adapters.parsers.builder import TextBuilder
from rag.adapters.parsers.office.drawing import paragraphs
from rag.adapters.parsers.office.package import Package, opened
from rag.adapters.parsers.office.workbook import Cell, Sheet, Tab, Workbook, column_letters
from rag.domain.documents import Limits, ParsedDocument

Row = dict[int, Cell]

_MOST_NAMED: Final = 10  # places in one warning


def read_sheets(path: Path, limits: Limits) -> ParsedDocument:
    """Text with sheets: its name as heading, then its tables; values as shown, not formulas."""
    builder = TextBuilder(limits)
    package = Package(opened(path))
    workbook = Workbook(package)
    builder.check_pages(len(workbook.tabs))
    for number, tab in enumerate(workbook.tabs, start=1):
        if tab.is_hidden and not limits.hidden:
            builder.leave_out("hidden_sheet", f"sheet {tab.name}")
        elif tab.kind == "worksheet":
            sheet = workbook.read(tab)
            if not limits.hidden:
                _drop_hidden(sheet, tab, builder)
            _say_what_is_missing(sheet, tab, builder)
            _add_sheet(builder, sheet, tab, number)
            _add_drawings(builder, package, tab, number)
        else:
            builder.leave_out("chart", f"sheet {tab.name}")
    return builder.finish(len(workbook.tabs))


def _drop_hidden(sheet: Sheet, tab: Tab, builder: TextBuilder) -> None:
    if rows := sheet.hidden_rows & sheet.rows.keys():
        builder.leave_out("hidden_rows", f"sheet {tab.name}: {_ranges(rows, str)}")
    columns = {c for row in sheet.rows.values() for c in row} & sheet.hidden_columns
    if columns:
        builder.leave_out("hidden_columns", f"sheet {tab.name}: {_ranges(columns, column_letters)}")
    kept = ((number, cells) for number, cells in sheet.rows.items() if number not in rows)
    shown = {n: {c: cell for c, cell in row.items() if c not in columns} for n, row in kept}
    sheet.rows = {number: row for number, row in shown.items() if row}


def _say_what_is_missing(sheet: Sheet, tab: Tab, builder: TextBuilder) -> None:
    for code, cells in (
        ("formula_without_value", sheet.uncounted),
        ("hidden_cells", sheet.blanked),
    ):
        if cells:
            builder.leave_out(code, f"sheet {tab.name}: {_some(cells)}")


def _add_sheet(builder: TextBuilder, sheet: Sheet, tab: Tab, page: int) -> None:
    if sheet.rows:
        builder.heading(tab.name, 1, page=page)
    for table in _tables(sheet):
        builder.end_table()
        columns = sorted({column for row in table for column in row})
        titles, rows = _split_titles(table)
        for title in titles:
            builder.text(title, page=page)
        for row in rows:
            builder.row([row[c].text if c in row else "" for c in columns], page=page)


def _tables(sheet: Sheet) -> Iterator[list[Row]]:
    """Runs of rows; what follows an empty row and has no names of its own goes on."""
    table: list[Row] = []
    columns: set[int] = set()
    previous = 0
    for number in sorted(sheet.rows):
        row = sheet.rows[number]
        if table and _is_gap(previous, number, sheet.hidden_rows) and not _goes_on(columns, row):
            yield table
            table, columns = [], set()
        table.append(row)
        columns |= row.keys()
        previous = number
    if table:
        yield table


def _is_gap(above: int, below: int, hidden: set[int]) -> bool:
    """Whether one sees an empty row between two rows."""
    between = below - above - 1
    if between > len(hidden):
        return True
    return any(number not in hidden for number in range(above + 1, below))


def _goes_on(columns: set[int], row: Row) -> bool:
    """A row of figures names no columns: it is one more row of the table above."""
    return any(cell.is_figure for cell in row.values()) and len(row) > 1 and row.keys() <= columns


def _split_titles(table: Sequence[Row]) -> tuple[list[str], Sequence[Row]]:
    """Lines that stand over a table, and the table; a single column is text, no table."""
    if all(len(row) == 1 for row in table):
        return ["\n".join(next(iter(row.values())).text for row in table)], []
    first = next(at for at, row in enumerate(table) if len(row) > 1)
    return [next(iter(row.values())).text for row in table[:first]], table[first:]


def _add_drawings(builder: TextBuilder, package: Package, tab: Tab, page: int) -> None:
    """Text boxes are text; charts draw what stands in cells, so only their titles are read."""
    for tie in package.relations(tab.part).values():
        if tie.kind == "comments":
            builder.leave_out("comment", f"sheet {tab.name}")
        if tie.kind == "drawing":
            for line in paragraphs(package.xml(tie.target)):
                builder.text(line, page=page)
            _add_charts_and_images(builder, package, (tie.target, tab.name), page)


def _add_charts_and_images(
    builder: TextBuilder, package: Package, drawing: tuple[str, str], page: int
) -> None:
    part, sheet_name = drawing
    for tie in package.relations(part).values():
        if tie.kind == "image":
            builder.leave_out("image_without_text", f"sheet {sheet_name}")
        elif tie.kind == "chart":
            for title in package.xml(tie.target).iterfind(".//{*}title"):
                builder.text(" ".join(paragraphs(title)), page=page)


def _ranges(numbers: Iterable[int], name: Callable[[int], str]) -> str:
    """`C, E-G` for 3, 5, 6 and 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    named = [name(r[0]) if len(r) == 1 else f"{name(r[0])}-{name(r[-1])}" for r in runs]
    return _some(named)


def _some(places: Sequence[str]) -> str:
    more = len(places) - _MOST_NAMED
    return ", ".join(places[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
