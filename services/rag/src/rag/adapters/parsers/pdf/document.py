"""A PDF as text in reading order, with PDFium: what a reader sees of each page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from rag.adapters.parsers.builder import RejectedFileError, TextBuilder, one_line
from rag.adapters.parsers.pdf.blocks import Headings, add_region
from rag.adapters.parsers.pdf.page import PageContent, read_page
from rag.adapters.parsers.pdf.pdfium import pdfium, pdfium_c
from rag.domain.documents import (
    CORRUPTED,
    ENCRYPTED,
    NO_TEXT,
    SCANS_MAX,
    Limits,
    ParsedDocument,
    ScanLine,
    Scans,
)
from rag.domain.page_layout import PageCell, reading_order

READ_PIXELS_A_POINT: Final = 150 / 72
"""OCR reads letters of 20 to 40 pixels best: 150 pixels an inch for what is printed."""
READ_PIXELS_MAX: Final = 4_000


def read_pdf(path: Path, limits: Limits, scans: Scans | None = None) -> ParsedDocument:
    """Text with pages; `scans` of the result names the pages that are pictures of text.

    Args:
        path: the file.
        limits: what it may cost.
        scans: what OCR found on such pages; None before it looked.

    Raises:
        RejectedFileError: encrypted, damaged beyond repair, empty, or without text in its scans.
    """
    try:
        with closing(pdfium.PdfDocument(path)) as document:
            return _read(document, limits, scans)
    except pdfium.PdfiumError as error:
        locked = error.err_code in {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}
        raise RejectedFileError(ENCRYPTED if locked else CORRUPTED) from error


def render_page(path: Path, page: int) -> bytes:
    """A page as a grey picture, a binary PGM (netpbm), for OCR.

    Raises:
        RejectedFileError: the page cannot be drawn.
    """
    try:
        with closing(pdfium.PdfDocument(path)) as document:
            drawn = document[page - 1]
            scale = min(READ_PIXELS_A_POINT, READ_PIXELS_MAX / max(drawn.get_size()))
            bitmap = drawn.render(scale=scale, grayscale=True)
            header = f"P5\n{bitmap.width} {bitmap.height}\n255\n".encode()
            return header + bitmap.to_numpy().tobytes()
    except pdfium.PdfiumError as error:
        raise RejectedFileError(CORRUPTED) from error


def _read(document: Any, limits: Limits, scans: Scans | None) -> ParsedDocument:
    document.init_forms()
    builder = TextBuilder(limits)
    builder.check_pages(len(document))
    if not len(document):
        raise RejectedFileError(CORRUPTED)
    contents = [_content(document, at) for at in range(len(document))]
    if all(content.is_broken for content in contents):
        raise RejectedFileError(CORRUPTED)
    waiting = [] if scans is not None else _waiting(contents)
    for number, lines in (scans or {}).items():
        _add_read(contents[number - 1], lines)
    headings = Headings(_shown(contents), _outline(document))
    for number, content in enumerate(contents, start=1):
        for region in _regions(content):
            add_region(builder, region, number, headings)
    _leave_out(builder, document, contents, waiting)
    if builder.is_empty and scans is not None:
        raise RejectedFileError(NO_TEXT)
    return builder.finish(len(contents), scans=tuple(waiting))


def _content(document: Any, at: int) -> PageContent:
    """A page's content; one that cannot be read costs no other."""
    try:
        return read_page(document[at], document.formenv)
    except pdfium.PdfiumError:
        return PageContent(0, 0, is_broken=True)


def _waiting(contents: Sequence[PageContent]) -> list[int]:
    """Pages for OCR, as many as one document may have."""
    numbers = [number for number, content in enumerate(contents, start=1) if content.is_scan]
    return numbers[:SCANS_MAX]


def _add_read(content: PageContent, lines: Sequence[ScanLine]) -> None:
    """Put what OCR read where the page has no text of its own."""
    across, down = content.width, content.height
    own = [cell for cell in content.upright if not cell.is_field]
    cells = [
        PageCell(
            line.text, line.left * across, line.top * down, line.right * across, line.bottom * down
        )
        for line in lines
    ]
    content.upright += [cell for cell in cells if not any(_stands_on(cell, one) for one in own)]


def _stands_on(cell: PageCell, other: PageCell) -> bool:
    x, y = (cell.left + cell.right) / 2, (cell.top + cell.bottom) / 2
    return other.left <= x <= other.right and other.top <= y <= other.bottom


def _regions(content: PageContent) -> Iterator[Sequence[tuple[PageCell, ...]]]:
    yield from reading_order(content.upright, content.rules)
    for _, cells in sorted(content.turned.items()):
        yield from reading_order(cells)


def _shown(contents: Sequence[PageContent]) -> Counter[float]:
    """Height of print → characters."""
    chars: Counter[float] = Counter()
    for content in contents:
        for cell in content.upright:
            if cell.size:
                chars[round(cell.size, 1)] += len(cell.text)
    return chars


def _outline(document: Any) -> dict[int, dict[str, int]]:
    """Page → title in lower case → level, from 1."""
    found: dict[int, dict[str, int]] = {}
    for mark in document.get_toc():
        target = mark.get_dest()
        page = target.get_index() if target else None
        title = one_line(mark.get_title()).lower()
        if page is not None and title:
            found.setdefault(page + 1, {})[title] = mark.level + 1
    return found


def _leave_out(
    builder: TextBuilder,
    document: Any,
    contents: Sequence[PageContent],
    waiting: Sequence[int],
) -> None:
    """Say what is not in the text."""
    numbered = list(enumerate(contents, start=1))
    parts = {
        "page_not_readable": [number for number, content in numbered if content.is_broken],
        "page_without_text": [
            number
            for number, content in numbered
            if content.is_scan and not content.upright and number not in waiting
        ],
        "hidden_text": [number for number, content in numbered if content.hidden_chars],
        "undecodable_text": [number for number, content in numbered if content.undecodable_chars],
        "image_without_text": [number for number, content in numbered if content.pictures],
    }
    for code, pages in parts.items():
        if pages:
            builder.leave_out(code, _pages(pages))
    for at in range(document.count_attachments()):
        builder.leave_out("attachment_not_read", document.get_attachment(at).get_name())


def _pages(numbers: Sequence[int]) -> str:
    """`page 2`, `pages 2, 5-7`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
    return f"{'page' if len(numbers) == 1 else 'pages'} {shown}"
