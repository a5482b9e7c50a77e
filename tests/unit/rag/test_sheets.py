"""What a reader of a workbook sees is its text: values as shown, tables with their names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference

from rag.adapters.parsers.office.sheets import read_sheets
from rag.domain.documents import Limits, ParsedDocument
from support.rag.office import made_strict, rows_of, workbook_of

LIMITS = Limits(2**24, 100, 1_000_000, 2**28, 10, 2**30)


def read(
    path: Path,
    *sheets: str,
    hidden: bool = False,
    formats: Sequence[str] = (),
    workbook: str = "",
    states: Mapping[str, str] | None = None,
) -> ParsedDocument:
    named = {f"Sheet{n}": inner for n, inner in enumerate(sheets, start=1)}
    made = workbook_of(path / "a.xlsx", named, formats=formats, workbook=workbook, states=states)
    return read_sheets(made, replace(LIMITS, hidden=hidden))


def data(*rows: Sequence[str | float | None]) -> str:
    return f"<sheetData>{rows_of(*rows)}</sheetData>"


def lines(document: ParsedDocument) -> list[str]:
    """Without the sheets' names."""
    return [document.text[b.start : b.end] for b in document.blocks if b.style != "heading"]


def left_out(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(part.code, part.where) for part in document.left_out]


def test_values_are_shown_in_their_formats(tmp_path: Path) -> None:
    price = '<c s="1"><v>249</v></c>'
    part = '<c s="2"><v>0.075</v></c>'
    number = '<c s="3"><v>42</v></c>'
    inner = data(["Lamp", "Price", "Tax", "Code"], ["Vega", price, part, number])
    formats = ("#,##0.00 [$€-407]", "0.0%", "00000")
    assert lines(read(tmp_path, inner, formats=formats)) == [
        "Lamp | Price | Tax | Code",
        "Vega | 249.00 € | 7.5% | 00042",
    ]


def test_the_calendar_is_that_of_the_workbook(tmp_path: Path) -> None:
    inner = data(["Since", '<c s="1"><v>46000</v></c>'])
    document = read(tmp_path, inner, formats=["d mmm yyyy"], workbook='<workbookPr date1904="1"/>')
    assert lines(document) == ["Since | 10 Dec 2029"]


def test_errors_truths_and_dates_in_words_are_shown(tmp_path: Path) -> None:
    cells = (
        '<c t="e"><v>#N/A</v></c>',
        '<c t="b"><v>1</v></c>',
        '<c t="d"><v>2031-05-04</v></c>',
        '<c t="str"><f>A1</f><v>text</v></c>',
    )
    assert lines(read(tmp_path, data(["x", *cells]))) == ["x | #N/A | yes | 2031-05-04 | text"]


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>"])
def test_a_formula_without_its_value_is_said(tmp_path: Path, value: str) -> None:
    total = f'<c r="C2"><f>A2+B2</f>{value}</c>'
    empty_text = '<c r="D2" t="str"><f>IF(A2,"")</f><v></v></c>'
    document = read(tmp_path, data(["Q1", "Q2", "Total", "Note"], [1, 2, total, empty_text]))
    assert lines(document)[1] == "1 | 2 | (not calculated)"
    assert left_out(document) == [("formula_without_value", "sheet Sheet1: C2")]


def test_a_zero_of_a_workbook_that_waits_for_calculation_is_no_value(tmp_path: Path) -> None:
    inner = data(["Sum", "<c><f>1+1</f><v>0</v></c>", "<c><f>2+3</f><v>5</v></c>", 0])
    waiting = '<calcPr fullCalcOnLoad="1"/>'
    assert lines(read(tmp_path, inner, workbook=waiting)) == ["Sum | (not calculated) | 5 | 0"]
    assert lines(read(tmp_path, inner)) == ["Sum | 0 | 5 | 0"]


def test_what_is_hidden_is_left_out_said_and_read_on_demand(tmp_path: Path) -> None:
    first = (
        '<cols><col min="2" max="3" hidden="1"/><col min="6" max="6" width="0"/></cols>'
        "<sheetData>"
        + rows_of(["Item", "Cost", "Margin", "Price"], ["Desk", 40, 0.5, 80])
        + '<row r="3" hidden="1"><c t="inlineStr"><is><t>Old desk</t></is></c></row>'
        + "</sheetData>"
    )
    states = {"Sheet2": "hidden", "Sheet3": "veryHidden"}
    document = read(tmp_path, first, data(["secret"]), data(["more"]), states=states)
    assert lines(document) == ["Item | Price", "Desk | 80"]
    assert left_out(document) == [
        ("hidden_rows", "sheet Sheet1: 3"),
        ("hidden_columns", "sheet Sheet1: B-C"),
        ("hidden_sheet", "sheet Sheet2"),
        ("hidden_sheet", "sheet Sheet3"),
    ]
    everything = read(tmp_path, first, data(["secret"]), states=states, hidden=True)
    assert lines(everything)[:2] == ["Item | Cost | Margin | Price", "Desk | 40 | 0.5 | 80"]
    assert lines(everything)[2:] == ["Old desk", "secret"]
    assert not everything.left_out


def test_a_value_that_its_format_hides_is_said(tmp_path: Path) -> None:
    document = read(tmp_path, data(["Name", '<c r="B1" s="1"><v>7</v></c>']), formats=[";;;"])
    assert lines(document) == ["Name"]
    assert left_out(document) == [("hidden_cells", "sheet Sheet1: B1")]


def test_tables_are_told_apart_and_lines_over_them_are_no_header(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        data(
            ["Budget 2031"],
            [None, "all figures in EUR"],
            [],
            [None, "Team", "Total"],
            [None, "Design", 2550],
            [],
            [None, "Sales", 1780],
            [],
            [],
            [None, "City", "Office", "Seats"],
            [None, "Oslo", "north", 12],
        ),
    )
    assert document.text == (
        "Sheet1\n\nBudget 2031\nall figures in EUR\n\n"
        "Team | Total\nDesign | 2550\nSales | 1780\n\n"
        "City | Office | Seats\nOslo | north | 12"
    )


def test_a_hidden_row_does_not_cut_a_table(tmp_path: Path) -> None:
    inner = (
        f"<sheetData>{rows_of(['Key', 'Word'])}"
        f'<row r="2" hidden="1"/>{rows_of(["a", "b"], start=3)}</sheetData>'
    )
    assert read(tmp_path, inner).text == "Sheet1\n\nKey | Word\na | b"


def test_a_cell_merged_over_rows_stands_in_each(tmp_path: Path) -> None:
    inner = data(["Zone", "Fare"], ["A", 2], [None, 3], ["B", 4]) + (
        '<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B4:XFD1048576"/></mergeCells>'
    )
    assert lines(read(tmp_path, inner)) == ["Zone | Fare", "A | 2", "A | 3", "B | 4"]


def test_cells_keep_their_columns_and_sheets_their_numbers(tmp_path: Path) -> None:
    gaps = '<c r="C1" t="inlineStr"><is><t>third</t></is></c>'
    end = '<c r="AB1" t="inlineStr"><is><t>last</t></is></c>'
    rows = f'<row r="1">{gaps}{end}</row><row r="2"><c r="AB2"><v>1</v></c></row>'
    document = read(tmp_path, f"<sheetData>{rows}</sheetData>", data(["next"]))
    assert lines(document) == ["third | last", "| 1", "next"]
    assert [block.page for block in document.blocks] == [1, 1, 1, 2, 2]


def test_what_other_programs_write_is_read(tmp_path: Path) -> None:
    made = cast(Any, Workbook())  # its charts are untyped
    sheet = made.active
    for row in (["Item", "Count"], ["Chair", 3], ["Desk", 4]):
        sheet.append(row)
    chart = cast(Any, BarChart())
    chart.title = "Stock in May"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "D1")
    made.create_chartsheet("Graph").add_chart(BarChart())
    path = tmp_path / "a.xlsx"
    made.save(path)
    document = read_sheets(path, LIMITS)
    assert lines(document) == ["Item | Count", "Chair | 3", "Desk | 4", "Stock in May"]
    assert left_out(document) == [("chart", "sheet Graph")]


def test_a_strict_workbook_and_one_with_macros_are_read(tmp_path: Path) -> None:
    strict = made_strict(workbook_of(tmp_path / "a.xlsx", {"One": data(["strict", 1])}))
    assert "strict | 1" in read_sheets(strict, LIMITS).text
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    macros = workbook_of(tmp_path / "a.xlsm", {"One": data(["macro", 1])}, content_type=kind)
    assert "macro | 1" in read_sheets(macros, LIMITS).text
