"""Text of a DOCX, in the order of its body, with python-docx."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import docx
from docx.document import Document as WordDocument
from docx.table import Table
from docx.text.paragraph import Paragraph

from rag.adapters.parsers.builder import TextBuilder
from rag.domain.documents import Limits, ParsedDocument

_HEADING_STYLE = re.compile(r"^heading (\d)$", re.IGNORECASE)
_TEXT_TAGS = ("}t", "}tab", "}br", "}cr")


def read_word(path: Path, limits: Limits) -> ParsedDocument:
    """Text without pages: where a page ends is known only to the program that prints it."""
    builder = TextBuilder(limits)
    document: WordDocument = docx.Document(str(path))
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            _add_table(builder, item)
        else:
            _add_paragraph(builder, item)
    return builder.finish()


def _add_paragraph(builder: TextBuilder, paragraph: Paragraph) -> None:
    text = _text(paragraph)
    level = _level(paragraph)
    if level:
        builder.heading(text, level)
    else:
        builder.text(text)


def _level(paragraph: Paragraph) -> int:
    style = paragraph.style
    name = style.name or "" if style is not None else ""
    if name.lower() == "title":
        return 1
    match = _HEADING_STYLE.match(name)
    return int(match.group(1)) if match else 0


def _add_table(builder: TextBuilder, table: Table) -> None:
    for row in table.rows:
        cells: list[str] = []
        seen: list[object] = []
        for cell in row.cells:
            # A merged cell is listed once for each column that it spans.
            if any(cell._tc is other for other in seen):  # pyright: ignore[reportPrivateUsage] - identity of the cell has no public name
                continue
            seen.append(cell._tc)  # pyright: ignore[reportPrivateUsage] - as above
            cells.append(" ".join(_text(paragraph) for paragraph in cell.paragraphs))
        builder.row(cells)


def _text(paragraph: Paragraph) -> str:
    return "".join(_pieces(paragraph))


def _pieces(paragraph: Paragraph) -> Iterator[str]:
    """Runs, links and formulas alike: `Paragraph.text` leaves formulas (m:t) out."""
    # Cast: lxml's elements are untyped here.
    for element in cast(Any, paragraph._p).iter():  # pyright: ignore[reportPrivateUsage] - formulas have no public name
        tag = str(element.tag)
        if tag.endswith("}t"):
            yield element.text or ""
        elif tag.endswith("}tab"):
            yield " "
        elif tag.endswith(("}br", "}cr")):
            yield "\n"
