"""Cells of an XLSX, sheet by sheet, with openpyxl."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from openpyxl import load_workbook

from rag.adapters.parsers.builder import TextBuilder
from rag.domain.documents import Limits, ParsedDocument

# Cells after so many empty rows in a row are leftovers of formatting (an inflated used range).
_EMPTY_ROWS_END = 1_000


def read_sheets(path: Path, limits: Limits) -> ParsedDocument:
    """Text with sheets: its name as heading, then the rows; values, not formulas."""
    builder = TextBuilder(limits)
    # An open file: given a path, openpyxl refuses names that do not end in .xlsx.
    with path.open("rb") as file:
        workbook = cast(Any, load_workbook(file, read_only=True, data_only=True))
        builder.check_pages(len(workbook.sheetnames))
        for number, sheet in enumerate(workbook.worksheets, start=1):
            rows = _rows(sheet)
            if rows:
                builder.heading(sheet.title, 1, page=number)
            for row in rows:
                builder.row(row, page=number)
    return builder.finish(len(workbook.sheetnames))


def _rows(sheet: Any) -> list[list[str]]:
    rows: list[list[str]] = []
    empty = 0
    for values in sheet.iter_rows(values_only=True):
        cells = [_shown(value) for value in values]
        if any(cells):
            rows.append(cells)
            empty = 0
        else:
            empty += 1
            if empty >= _EMPTY_ROWS_END:
                break
    return rows


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
