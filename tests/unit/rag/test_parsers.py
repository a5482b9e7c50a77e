"""Each parser on a document that the test builds itself, named as the file store names it."""

import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches
from pypdf import PdfReader, PdfWriter

from rag.adapters.parsers.builder import RejectedFileError
from rag.adapters.parsers.html.page import read_html
from rag.adapters.parsers.markdown import read_markdown
from rag.adapters.parsers.office.sheets import read_sheets
from rag.adapters.parsers.office.slides import read_slides
from rag.adapters.parsers.office.word import read_word
from rag.adapters.parsers.pdf.document import read_pdf
from rag.adapters.parsers.plain import read_plain
from rag.adapters.parsers.sniffing import kind_of
from rag.domain.documents import Block, Limits, ParsedDocument
from support.rag.documents import pdf_of

LIMITS = Limits(
    size_bytes=2**20,
    pages=5,
    chars=10_000,
    inflated_bytes=2**22,
    time_s=10,
    memory_bytes=2**30,
)


def shown(document: ParsedDocument) -> list[tuple[str, int | None, str]]:
    """Style, page and text of each block, by its offsets."""
    return [(b.style, b.page, document.text[b.start : b.end]) for b in document.blocks]


def rejected(path: Path, name: str | None = None, limits: Limits = LIMITS) -> str:
    with pytest.raises(RejectedFileError) as caught:
        kind_of(path, name or path.name, limits)
    return caught.value.rejection.code


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_pdf_text_has_pages(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdf", pdf_of(["The first page."], ["The second page."]))
    document = read_pdf(path, LIMITS)
    assert document.pages == 2
    assert shown(document) == [("text", 1, "The first page."), ("text", 2, "The second page.")]


def test_pdf_lines_are_joined_to_paragraphs_and_broken_words_mended(tmp_path: Path) -> None:
    lines = [
        "3.1 Warranty",
        "The warranty covers every part of the machine for thirty-six mon-",
        "ths, counted from the day on which it was delivered to the owner,",
        "and not from the day it was ordered.",
    ]
    document = read_pdf(written(tmp_path / "a.pdf", pdf_of(lines)), LIMITS)
    (heading, paragraph) = shown(document)
    assert heading == ("heading", 1, "3.1 Warranty")
    assert "thirty-six months, counted" in paragraph[2]
    assert "\n" not in paragraph[2]


def test_what_a_pdf_prints_larger_is_a_heading(tmp_path: Path) -> None:
    pages = [
        ["Annual plans", "Whoever pays for a year in advance pays for ten months only."],
        ["Discounts", "Schools pay half."],
    ]
    document = read_pdf(written(tmp_path / "a.pdf", pdf_of(*pages, title_lines=1)), LIMITS)
    headings = [item for item in shown(document) if item[0] == "heading"]
    assert headings == [("heading", 1, "Annual plans"), ("heading", 2, "Discounts")]
    assert [block.level for block in document.blocks] == [1, 0, 1, 0]


def test_an_encrypted_pdf_is_refused_as_such(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf_of(["secret"]))))
    writer.encrypt("password", algorithm="AES-256")
    path = tmp_path / "a.pdf"
    writer.write(path)
    with pytest.raises(RejectedFileError) as caught:
        read_pdf(path, LIMITS)
    assert caught.value.rejection.code == "encrypted"


def test_a_pdf_locked_only_against_printing_is_read(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf_of(["open to readers"]))))
    writer.encrypt("", "owner", algorithm="AES-256")
    path = tmp_path / "a.pdf"
    writer.write(path)
    assert read_pdf(path, LIMITS).text == "open to readers"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pdf_of([]), "empty"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 20, "corrupted"),
        (pdf_of(*[["page"]] * 6), "too_many_pages"),
        (pdf_of(["long " * 3_000]), "too_much_text"),
    ],
)
def test_a_pdf_that_cannot_be_used_says_why(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(RejectedFileError) as caught:
        read_pdf(written(tmp_path / "a.pdf", content), LIMITS)
    assert caught.value.rejection.code == code


def test_word_text_keeps_order_headings_tables_and_no_pages(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_heading("Leave", level=1)
    made.add_paragraph("Thirty days a year.")
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells),
        ["Country", "Days", "France", "25"],
        strict=True,
    ):
        cell.text = text
    made.add_paragraph("Ask your manager.")
    path = tmp_path / "as-stored"
    made.save(str(path))
    document = read_word(path, LIMITS)
    assert document.pages is None
    assert shown(document) == [
        ("heading", None, "Leave"),
        ("text", None, "Thirty days a year."),
        ("row", None, "Country | Days"),
        ("row", None, "France | 25"),
        ("text", None, "Ask your manager."),
    ]
    assert "Country | Days\nFrance | 25" in document.text


def test_slides_have_titles_tables_and_notes(tmp_path: Path) -> None:
    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    assert slide.shapes.title is not None
    slide.shapes.title.text = "Roadmap"
    box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(4), Inches(1))
    box.text_frame.text = "Launch in May."
    table = slide.shapes.add_table(1, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "Budget", "9,000"
    notes = slide.notes_slide.notes_text_frame
    assert notes is not None
    notes.text = "Mention the delay."
    made.slides.add_slide(made.slide_layouts[6])
    path = tmp_path / "as-stored"
    made.save(str(path))
    document = read_slides(path, LIMITS)
    assert document.pages == 2
    assert shown(document) == [
        ("heading", 1, "Roadmap"),
        ("text", 1, "Launch in May."),
        ("row", 1, "Budget | 9,000"),
        ("text", 1, "Notes: Mention the delay."),
    ]


def test_sheets_have_names_and_rows_of_shown_values(tmp_path: Path) -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "Prices"
    for row in (["Item", "Since", "Paid"], ["Chair", date(2026, 1, 2), True], [], ["Desk", 1.5]):
        sheet.append(row)
    path = tmp_path / "as-stored"
    made.save(path)
    document = read_sheets(path, LIMITS)
    assert document.pages == 1
    assert shown(document) == [
        ("heading", 1, "Prices"),
        ("row", 1, "Item | Since | Paid"),
        ("row", 1, "Chair | 2026-01-02 | yes"),
        ("row", 1, "Desk | 1.5"),
    ]


PAGE = """<!doctype html><html><head><title>Shop</title><style>p {color: red}</style></head><body>
<nav><a href="/">Home</a></nav><header>Top</header>
<main><h1>Returns</h1><p>Within <b>30</b> days,<br>unused.</p><script>alert(1)</script>
<table><tr><th>Kind</th><th>Fee</th></tr><tr><td>Books</td><td>none</td></tr></table>
<p hidden>not shown</p><pre>code  here</pre></main><footer>Imprint</footer></body></html>"""


def test_html_gives_the_article_and_nothing_around_it(tmp_path: Path) -> None:
    document = read_html(written(tmp_path / "a.html", PAGE), LIMITS)
    assert shown(document) == [
        ("heading", None, "Returns"),
        ("text", None, "Within 30 days,\nunused."),
        ("row", None, "Kind | Fee"),
        ("row", None, "Books | none"),
        ("text", None, "code  here"),
    ]


def test_html_nested_deeper_than_python_recurses_is_read(tmp_path: Path) -> None:
    depth = sys.getrecursionlimit() + 100
    deep = "<div>" * depth + "core" + "</div>" * depth
    assert read_html(written(tmp_path / "a.html", deep), LIMITS).text == "core"


def test_markdown_is_read_without_its_marks(tmp_path: Path) -> None:
    source = (
        "---\nauthor: x\n---\n# Set *up*\n\nRun [this](http://x) `now`\nand wait.\n\n"
        "- first\n- second\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx  = 1\n```\n"
    )
    document = read_markdown(written(tmp_path / "a.md", source), LIMITS)
    assert shown(document) == [
        ("heading", None, "Set up"),
        ("text", None, "Run this now and wait."),
        ("text", None, "first"),
        ("text", None, "second"),
        ("row", None, "a | b"),
        ("row", None, "1 | 2"),
        ("text", None, "x  = 1"),
    ]


def test_plain_text_stands_as_it_is(tmp_path: Path) -> None:
    document = read_plain(written(tmp_path / "a.txt", "One\r\ntwo\n\n\nThree "), LIMITS)
    assert document.text == "One\ntwo\n\n\nThree "
    assert document.blocks == (Block(0, 7), Block(10, 16))


def test_what_a_database_cannot_hold_is_left_out(tmp_path: Path) -> None:
    document = read_plain(written(tmp_path / "a.txt", "a\x07b\ufb01c\xadd" + "e" * 99), LIMITS)
    assert document.text == "abficd" + "e" * 99


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"", "empty"),
        ("a.pdf", b" \n ", "empty"),
        ("report.pdf", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "unsupported_type"),
        ("report.pdf", b"just words", "unsupported_type"),
        ("report.docx", b"PK\x03\x04 broken", "corrupted"),
        ("notes.txt", bytes(range(256)) * 8, "unsupported_type"),
        ("slides.ppt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "legacy_format"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
    ],
)
def test_the_bytes_decide_what_a_file_is(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    assert rejected(written(tmp_path / name, content)) == code


def test_an_archive_that_unpacks_to_too_much_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with ZipFile(path, "w", compression=8) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (LIMITS.inflated_bytes + 1))
    assert rejected(path) == "inflated"


def test_a_plain_archive_is_no_document(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert rejected(path) == "unsupported_type"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("anything", pdf_of(["x"]), "pdf"),
        ("a.md", b"# x", "markdown"),
        ("a.htm", b"<p>x", "html"),
        ("page", b"<!DOCTYPE html><p>x", "html"),
        ("a.csv", b"a,b\n1,2\n", "csv"),
        ("a.txt", "caf\u00e9".encode("cp1252"), "text"),
        ("a.txt", "caf\u00e9".encode("utf-16"), "text"),
    ],
)
def test_kinds_are_told_apart(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    assert kind_of(written(tmp_path / name, content), name, LIMITS) == kind
