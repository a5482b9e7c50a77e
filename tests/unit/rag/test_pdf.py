"""What a reader sees on the pages of a PDF is its text, and what he does not see is said."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.adapters.parsers.builder import RejectedFileError
from rag.adapters.parsers.pdf.document import read_pdf, render_page
from rag.domain.documents import LeftOut, Limits, ParsedDocument, ScanLine
from rag.domain.page_layout import PageCell, reading_order
from support.rag.documents import PdfPage, drawn_pdf, pdf_of, scanned

LIMITS = Limits(
    size_bytes=10**7, pages=20, chars=10**6, inflated_bytes=10**8, time_s=60, memory_bytes=2**30
)
PROSE = (
    "The gate opens by itself when a car",
    "stands before it for three seconds.",
    "It closes behind the car unless the",
    "second one follows close by it.",
)
OTHER = (
    "Whoever has lost the badge asks for",
    "a new one at the desk in hall two.",
    "It costs eleven francs and is made",
    "within the hour, except on Sundays.",
)


def read(tmp_path: Path, *pages: PdfPage) -> ParsedDocument:
    path = tmp_path / "a.pdf"
    path.write_bytes(drawn_pdf(*pages))
    return read_pdf(path, LIMITS)


def shown(document: ParsedDocument) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def test_columns_drawn_row_by_row_are_read_one_after_the_other(tmp_path: Path) -> None:
    page = PdfPage().text(60, 760, "What the house rules say about gates and about badges", size=15)
    for at, (left, right) in enumerate(zip(PROSE, OTHER, strict=True)):
        page.text(60, 700 - 16 * at, left).text(320, 700 - 16 * at, right)
    _, first, second = shown(read(tmp_path, page))
    assert first == " ".join(PROSE)
    assert second == " ".join(OTHER)


def test_rows_of_a_table_are_read_across_though_their_cells_are_long(tmp_path: Path) -> None:
    page = PdfPage().text(60, 760, "Fault").text(300, 760, "Remedy")
    rows = [
        ("The lamp is dark", "Turn it on"),
        ("No water comes", "Open the left valve by hand"),
    ]
    for at, (fault, remedy) in enumerate(rows):
        page.text(60, 740 - 20 * at, fault).text(300, 740 - 20 * at, remedy)
    document = read(tmp_path, page)
    assert shown(document) == ["Fault | Remedy", *(" | ".join(row) for row in rows)]
    assert {block.style for block in document.blocks} == {"row"}


def test_a_cell_without_text_keeps_its_place(tmp_path: Path) -> None:
    page = PdfPage()
    table = [("Part", "Old", "New"), ("Bolt", "", "7"), ("Nut", "3", "4")]
    for at, row in enumerate(table):
        for column, cell in enumerate(row):
            page.text(60 + 120 * column, 700 - 18 * at, cell)
    assert shown(read(tmp_path, page)) == ["Part | Old | New", "Bolt |  | 7", "Nut | 3 | 4"]


def test_what_was_filled_in_a_form_stands_beside_its_label(tmp_path: Path) -> None:
    page = PdfPage().text(60, 700, "Contract no.").field(200, 700, "a", "QX-81")
    page.text(60, 670, "Signed by:").field(200, 670, "b", "Nora Feld")
    page.text(60, 640, "Not shown:").field(200, 640, "c", "secret", flags=2)
    document = read(tmp_path, page)
    assert shown(document)[:2] == ["Contract no.: QX-81", "Signed by: Nora Feld"]
    assert "secret" not in document.text


def test_a_label_and_its_value_are_one_line_wherever_they_are_drawn(tmp_path: Path) -> None:
    page = PdfPage().text(200, 700, "12 May").text(60, 680, "Amount:")
    page.text(60, 700, "Due:").text(200, 680, "96.40 EUR")
    assert shown(read(tmp_path, page)) == ["Due: 12 May", "Amount: 96.40 EUR"]


FEE = "The fee is 99 EUR."


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(PdfPage().text(60, 600, FEE, mode="3 Tr"), id="invisible"),
        pytest.param(PdfPage().text(60, 600, FEE, mode="1 g"), id="white"),
        pytest.param(PdfPage().text(60, 600, FEE, size=0.5), id="tiny"),
        pytest.param(PdfPage().text(900, 600, FEE), id="outside"),
        pytest.param(PdfPage().text(60, 600, FEE).draw("0 g 50 590 300 30 re f"), id="covered"),
    ],
)
def test_text_that_no_reader_sees_is_no_knowledge_and_is_said(
    tmp_path: Path, hidden: PdfPage
) -> None:
    page = PdfPage().text(60, 700, "The fee is 12 EUR for members and for guests.")
    page.drawn.extend(hidden.drawn)
    document = read(tmp_path, page)
    assert document.text == "The fee is 12 EUR for members and for guests."
    assert document.left_out == (LeftOut("hidden_text", "page 1"),)


def test_white_text_on_a_dark_ground_is_seen(tmp_path: Path) -> None:
    page = PdfPage().draw("0.1 g 50 580 400 60 re f").text(60, 600, "Closed on Monday.", mode="1 g")
    document = read(tmp_path, page)
    assert (document.text, document.left_out) == ("Closed on Monday.", ())


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(tmp_path: Path, rotate: int) -> None:
    page = PdfPage(rotate=rotate)
    angles = {
        0: "1 0 0 1 60 700",
        90: "0 1 -1 0 200 60",
        180: "-1 0 0 -1 500 200",
        270: "0 -1 1 0 300 700",
    }
    page.draw(f"BT /F1 12 Tf {angles[rotate]} Tm (First line here) Tj 0 -20 Td (Second one) Tj ET")
    assert read(tmp_path, page).text.split() == ["First", "line", "here", "Second", "one"]


def test_text_that_runs_up_the_margin_is_read_too(tmp_path: Path) -> None:
    page = PdfPage().text(60, 700, "Opening hours are nine to five on every working day.")
    page.draw("BT /F1 10 Tf 0 1 -1 0 30 200 Tm (Issue of March) Tj ET")
    assert "Issue of March" in shown(read(tmp_path, page))


def test_a_page_that_is_a_picture_waits_for_ocr_and_is_then_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pages = [
        PdfPage().text(60, 700, "The first page says what the rent is."),
        PdfPage().scan(scanned("The deposit is 1880 EUR.")),
        PdfPage().text(60, 700, "The third page holds the signatures of both."),
    ]
    path.write_bytes(drawn_pdf(*pages))
    first = read_pdf(path, LIMITS)
    assert (first.scans, first.left_out) == ((2,), ())
    line = ScanLine("The deposit is 1880 EUR.", 0.1, 0.1, 0.5, 0.12)
    whole = read_pdf(path, LIMITS, {2: [line]})
    assert [block.page for block in whole.blocks] == [1, 2, 3]
    assert shown(whole)[1] == "The deposit is 1880 EUR."
    assert (whole.scans, whole.left_out) == ((), ())


def test_a_picture_in_which_ocr_found_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    drawn = [PdfPage().text(60, 700, "Words."), PdfPage().scan(scanned("x" * 30))]
    path.write_bytes(drawn_pdf(*drawn))
    assert read_pdf(path, LIMITS, {2: []}).left_out == (LeftOut("page_without_text", "page 2"),)
    path.write_bytes(drawn_pdf(drawn[1]))
    with pytest.raises(RejectedFileError) as caught:
        read_pdf(path, LIMITS, {1: []})
    assert caught.value.rejection.code == "no_text"


def test_a_scan_that_was_read_before_is_not_read_again(tmp_path: Path) -> None:
    page = PdfPage().scan(scanned("The deposit is 1880 EUR."))
    page.text(57, 744, "The deposit is 1880 EUR. It is paid at once.", size=13, mode="3 Tr")
    document = read(tmp_path, page)
    assert (document.scans, document.text[:23]) == ((), "The deposit is 1880 EUR")


def test_an_empty_page_is_no_scan(tmp_path: Path) -> None:
    document = read(tmp_path, PdfPage().text(60, 700, "Words."), PdfPage())
    assert (document.scans, document.left_out) == ((), ())


def test_a_page_is_drawn_for_ocr_at_150_pixels_an_inch(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_of(["Words."]))
    kind, size, depth, pixels = render_page(path, 1).split(b"\n", 3)
    assert (kind, size, depth) == (b"P5", b"1240 1755", b"255")
    assert len(pixels) == 1_240 * 1_755


@given(
    st.lists(
        st.tuples(st.floats(0, 500), st.floats(0, 700), st.floats(1, 300), st.floats(4, 30)),
        max_size=40,
    )
)
def test_every_cell_of_a_page_is_read_once(boxes: list[tuple[float, float, float, float]]) -> None:
    cells = [
        PageCell(f"[{at}]", x, y, x + width, y + height)
        for at, (x, y, width, height) in enumerate(boxes)
    ]
    text = " ".join(c.text for region in reading_order(cells) for row in region for c in row)
    found = text.replace("][", "] [").split()
    assert sorted(found) == sorted(cell.text for cell in cells)


SOUND = drawn_pdf(
    PdfPage().text(60, 700, "Hello there").field(60, 600, "a", "b"),
    PdfPage().scan(scanned("The deposit is 1880 EUR.")),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=40),
    end=st.integers(100, len(SOUND)),
)
def test_a_damaged_pdf_is_read_or_refused(
    tmp_path: Path, changes: list[tuple[int, int]], end: int
) -> None:
    content = bytearray(SOUND)
    for at, value in changes:
        content[at] = value
    path = tmp_path / "a.pdf"
    path.write_bytes(content[:end])
    with suppress(RejectedFileError):
        assert read_pdf(path, LIMITS).pages
