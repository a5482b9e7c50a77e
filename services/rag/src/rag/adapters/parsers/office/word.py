"""Text of a Word document in the order of its body, from its XML (ECMA-376, part 1, 17)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rag.adapters.parsers.builder import TextBuilder
from rag.adapters.parsers.office.drawing import diagram_lines
from rag.adapters.parsers.office.package import Element, Package, opened
from rag.adapters.parsers.office.word_numbering import WordNumbering
from rag.adapters.parsers.office.word_styles import W, WordStyles, is_on, level_of, value_of
from rag.adapters.parsers.office.word_tables import WordCell, rows_of
from rag.adapters.parsers.office.word_text import (
    Paragraph,
    WordText,
    chosen,
    is_placeholder,
    local_name,
)
from rag.domain.documents import Limits, ParsedDocument

_DELETED: Final = frozenset({"del", "moveFrom"})
_RELATION_ID: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_COUNTED: Final = {
    "hidden_text": "character",
    "image_without_text": "picture",
    "symbol": "symbol",
    "chart": "chart",
    "equation": "equation",
    "embedded_object": "object",
    "embedded_document": "document",
    "comment": "comment",
}


def read_word(path: Path, limits: Limits) -> ParsedDocument:
    """Text without pages: where a page ends is known only to the program that prints it."""
    builder = TextBuilder(limits)
    reader = _WordReader(Package(opened(path)), builder, limits)
    reader.read()
    return builder.finish()


@dataclass
class _Row:
    """What the cells of a row show, and what they hold beside that."""

    shown: list[str] = field(default_factory=list[str])
    tables: list[Element] = field(default_factory=list[Element])
    hanging: Paragraph = field(default_factory=Paragraph)


class _WordReader:
    def __init__(self, package: Package, builder: TextBuilder, limits: Limits) -> None:
        self._package = package
        self._builder = builder
        self._part = package.main
        self._styles = WordStyles(package.related(package.main, "styles"))
        self._numbering = WordNumbering(package.related(package.main, "numbering"))
        self._text = WordText(self._styles, hidden=limits.hidden)
        self._hidden = limits.hidden
        self._notes: dict[str, dict[str, Element]] = {}

    def read(self) -> None:
        root = self._package.xml(self._package.main)
        self._headers_and_footers(root)
        self._blocks(root.find(f"{W}body"))
        comments = self._package.related(self._package.main, "comments")
        if comments is not None:
            self._text.left_out["comment"] += len(comments)
        for code, count in self._text.left_out.items():
            if count:
                self._builder.leave_out(code, f"{count} {_COUNTED[code]}{'s' * (count > 1)}")

    def _headers_and_footers(self, root: Element) -> None:
        """Once each, before all headings: they hold for the whole document."""
        ties = self._package.relations(self._package.main)
        said: set[str] = set()
        for section in root.iter(f"{W}sectPr"):
            for reference in section.iterfind("*"):
                tie = ties.get(reference.get(_RELATION_ID, ""))
                shown = reference.get(f"{W}type") != "first" or is_on(section, "titlePg")
                if tie is None or tie.target in said or not shown:
                    continue
                said.add(tie.target)
                self._part = tie.target
                self._blocks(self._package.xml(tie.target))
        self._part = self._package.main

    def _blocks(self, container: Element) -> None:
        for child in container:
            match local_name(child):
                case "p":
                    self._paragraph(child)
                case "tbl":
                    self._table(child)
                case "AlternateContent":
                    self._blocks(chosen(child))
                case "altChunk":
                    self._text.left_out["embedded_document"] += 1
                case "sdt" if is_placeholder(child):
                    pass
                case name if name not in _DELETED and name not in ("sectPr", "sdtPr"):
                    self._blocks(child)
                case _:
                    pass

    def _paragraph(self, element: Element) -> None:
        style = value_of(element, "pPr", "pStyle") or self._styles.default
        read = self._text.read(element)
        label = self._label(element, style) if read.text.strip() else ""
        if self._styles.is_contents(style):
            return
        outline = value_of(element, "pPr", "outlineLvl")
        level = self._styles.heading_level(style) if outline is None else level_of(outline)
        if level:
            self._builder.heading(f"{label} {read.text}", level)
        else:
            self._builder.text(f"{label} {read.text}")
        self._what_hangs_on(read)

    def _label(self, element: Element, style: str) -> str:
        own = value_of(element, "pPr", "numPr", "numId")
        listed, level = self._styles.numbering(style)
        return self._numbering.label(
            own if own is not None else listed, value_of(element, "pPr", "numPr", "ilvl") or level
        )

    def _what_hangs_on(self, read: Paragraph) -> None:
        for box in read.boxes:
            self._blocks(box)
        for relation_id in read.diagrams:
            for line in diagram_lines(self._package, self._part, relation_id):
                self._builder.text(line)
        for kind, note_id in read.notes:
            self._note(kind, note_id)

    def _note(self, kind: str, note_id: str) -> None:
        if kind not in self._notes:
            root = self._package.related(self._package.main, f"{kind}s")
            notes = () if root is None else root.iterfind(f"{W}{kind}")
            self._notes[kind] = {note.get(f"{W}id", ""): note for note in notes}
        # Once: what a note says is said, however often it is referred to.
        note = self._notes[kind].pop(note_id, None)
        if note is not None:
            self._blocks(note)

    def _table(self, table: Element) -> None:
        """Its rows, then what they hold beside text: notes, boxes, tables within cells."""
        rows = list(rows_of(table, self._row_is_shown))
        if all(len(row) == 1 for row in rows):  # a frame around text, not a table
            for row in rows:
                self._blocks(row[0].content)
            return
        self._builder.end_table()
        above: list[str] = []
        read: list[_Row] = []
        for cells in rows:
            row = self._row(cells, above)
            self._builder.row(row.shown)
            read.append(row)
            above = row.shown
        self._builder.end_table()
        for row in read:
            if row.tables:
                self._builder.text(", ".join(text for text in row.shown if text.strip()))
            for nested in row.tables:
                self._table(nested)
            self._what_hangs_on(row.hanging)

    def _row(self, cells: list[WordCell], above: list[str]) -> _Row:
        row = _Row()
        for cell in cells:
            text = self._cell(cell.content, row)
            if cell.goes_on and len(row.shown) < len(above):
                text = above[len(row.shown)]
            row.shown += [text, *[""] * (cell.columns - 1)]
        return row

    def _cell(self, container: Element, row: _Row) -> str:
        """The text of a cell's paragraphs; what hangs on them and its tables go to the row."""
        texts: list[str] = []
        for element in _cell_blocks(container):
            if local_name(element) == "tbl":
                row.tables.append(element)
                continue
            style = value_of(element, "pPr", "pStyle") or self._styles.default
            read = self._text.read(element)
            if read.text.strip():
                texts.append(f"{self._label(element, style)} {read.text}".strip())
            row.hanging.add(read)
        return " ".join(texts)

    def _row_is_shown(self, row: Element) -> bool:
        if is_on(row, "trPr", "del"):
            return False
        if is_on(row, "trPr", "hidden") and not self._hidden:
            self._text.left_out["hidden_text"] += sum(
                len(text.text or "") for text in row.iter(f"{W}t")
            )
            return False
        return True


def _cell_blocks(container: Element) -> Iterator[Element]:
    """Paragraphs and tables of a cell, also those in content controls."""
    for child in container:
        name = local_name(child)
        if name in ("p", "tbl"):
            yield child
        elif name == "AlternateContent":
            yield from _cell_blocks(chosen(child))
        elif name not in _DELETED and not (name == "sdt" and is_placeholder(child)):
            yield from _cell_blocks(child)
