"""Text of a PPTX, slide by slide, with its notes, with python-pptx."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.package import Package

from rag.adapters.parsers.builder import TextBuilder
from rag.adapters.parsers.office.drawing import A, paragraph_text, paragraphs
from rag.adapters.parsers.office.package import Element, is_true, opened, parsed
from rag.domain.documents import Limits, ParsedDocument

# python-pptx is untyped where it matters: shapes are told apart by what they have.
Shape = Any

_DIAGRAM: Final = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_DATA: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
_OLE: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}oleObj"
_CHOICE: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"


def read_slides(path: Path, limits: Limits) -> ParsedDocument:
    """Text with slides: title, then what is on it from top to bottom, then the speaker's notes."""
    builder = TextBuilder(limits)
    # Not pptx.Presentation: that refuses templates and slide shows by their declared type.
    presentation = cast(Any, Package.open(cast(Any, opened(path))).main_document_part).presentation
    slides = list(presentation.slides)
    builder.check_pages(len(slides))
    reader = _SlideReader(builder, limits)
    for number, slide in enumerate(slides, start=1):
        if slide._element.get("show", "1") in ("0", "false") and not limits.hidden:
            builder.leave_out("hidden_slide", f"slide {number}")
        else:
            reader.read(slide, number)
    reader.say_what_is_missing()
    return builder.finish(len(slides))


class _SlideReader:
    def __init__(self, builder: TextBuilder, limits: Limits) -> None:
        self._builder = builder
        self._hidden = limits.hidden
        self._page = 0
        self._footers: set[str] = set()
        self._left_out: dict[str, list[int]] = defaultdict(list)

    def read(self, slide: Shape, page: int) -> None:
        self._page = page
        title = slide.shapes.title
        if title is not None and title.has_text_frame:
            self._builder.heading(_text(title), 1, page=page)
        for shape in _in_reading_order(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                self._shape(shape)
        # What newer programs draw another way stands beside its older form, python-pptx sees none.
        for choice in slide._element.iter(_CHOICE):
            if choice.getparent().getparent().tag.endswith(("}spTree", "}grpSp")):
                self._builder.text("\n".join(paragraphs(choice)), page=page)
        self._notes(slide)
        if any("comments" in tie.reltype.lower() for tie in slide.part.rels.values()):
            self._left_out["comment"].append(page)

    def say_what_is_missing(self) -> None:
        """One sentence a kind, with the slides."""
        for code, pages in self._left_out.items():
            numbers = ", ".join(str(page) for page in dict.fromkeys(pages))
            self._builder.leave_out(code, f"slide {numbers}")

    def _notes(self, slide: Shape) -> None:
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text
            if notes.strip():
                self._builder.text(f"Notes: {notes}", page=self._page)

    def _shape(self, shape: Shape) -> None:
        properties = next(iter(shape._element.xpath("./*/p:cNvPr")), None)
        if properties is not None and is_true(properties.get("hidden")) and not self._hidden:
            self._left_out["hidden_text"].append(self._page)
        elif getattr(shape, "has_table", False):
            self._table(shape.table)
        elif getattr(shape, "has_chart", False):
            self._chart(shape.chart)
        elif shape.has_text_frame:
            self._text_frame(shape)
        else:
            self._graphic(shape, properties)

    def _text_frame(self, shape: Shape) -> None:
        kind = shape.placeholder_format.type if shape.is_placeholder else None
        text = _text(shape)
        if kind == PP_PLACEHOLDER.SLIDE_NUMBER:
            return
        if kind in (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE):
            if text in self._footers:
                return
            self._footers.add(text)
        self._builder.text(text, page=self._page)

    def _table(self, table: Shape) -> None:
        self._builder.end_table()
        for row in table.rows:
            cells = ["" if cell.is_spanned else "\n".join(_lines(cell._tc)) for cell in row.cells]
            self._builder.row(cells, page=self._page)
        self._builder.end_table()

    def _graphic(self, shape: Shape, properties: Element | None) -> None:
        """SmartArt, an embedded object, sound or film, or a picture."""
        element = shape._element
        told = "" if properties is None else properties.get("descr", "")
        diagram = next(element.iter(_DIAGRAM), None)
        if diagram is not None:
            data = parsed(shape.part.related_part(diagram.get(_DATA)).blob)
            self._builder.text("\n".join(paragraphs(data)), page=self._page)
        elif next(element.iter(_OLE), None) is not None:
            self._left_out["embedded_object"].append(self._page)
        elif element.xpath(".//a:videoFile | .//a:audioFile"):
            self._left_out["media"].append(self._page)
        elif not told.strip() and element.tag.endswith("}pic"):
            self._left_out["image_without_text"].append(self._page)
        # What a picture shows, where its author wrote it down.
        self._builder.text(told, page=self._page)

    def _chart(self, chart: Shape) -> None:
        page = self._page
        if chart.has_title and chart.chart_title.has_text_frame:
            self._builder.text(chart.chart_title.text_frame.text, page=page)
        self._builder.end_table()
        for plot in chart.plots:
            categories = [str(category) for category in plot.categories]
            self._builder.row(["", *categories], page=page)
            for series in plot.series:
                values = ["" if value is None else f"{value:.15g}" for value in series.values]
                self._builder.row([series.name or "", *values], page=page)
        self._builder.end_table()


def _in_reading_order(shapes: Shape) -> Iterator[Shape]:
    """Top to bottom, left to right, groups opened where they stand."""
    placed = sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    for shape in placed:
        if hasattr(shape, "shapes"):
            yield from _in_reading_order(shape.shapes)
        else:
            yield shape


def _text(shape: Shape) -> str:
    return "\n".join(_lines(shape._element))


def _lines(element: Element) -> list[str]:
    """Paragraphs with formulas, which python-pptx leaves out."""
    return [paragraph_text(paragraph) for paragraph in element.iter(f"{A}p")]
