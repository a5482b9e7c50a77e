"""Text in DrawingML: SmartArt, shapes and titles of charts, the same in all Office files."""

from collections.abc import Iterator
from typing import Final

from rag.adapters.parsers.office.package import Element, Package

A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def diagram_lines(package: Package, part: str, relation_id: str) -> list[str]:
    """What the boxes of a SmartArt say, in the order of its outline; [] where it is not there."""
    tie = package.relations(part).get(relation_id)
    return [] if tie is None else list(paragraphs(package.xml(tie.target)))


def paragraphs(element: Element) -> Iterator[str]:
    """Paragraphs that are not empty, in order."""
    for paragraph in element.iter(f"{A}p"):
        if text := paragraph_text(paragraph):
            yield text


def paragraph_text(paragraph: Element) -> str:
    """Runs, fields and formulas; a line end where it breaks its lines."""
    pieces: list[str] = []
    for element in paragraph.iter():
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if name == "t":
            pieces.append(element.text or "")
        elif name == "br":
            pieces.append("\n")
    return "".join(pieces).strip()
