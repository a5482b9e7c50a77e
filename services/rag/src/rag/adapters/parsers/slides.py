"""Text of a PPTX, slide by slide, with its notes, with python-pptx."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from pptx import Presentation

from rag.adapters.parsers.builder import TextBuilder
from rag.domain.documents import Limits, ParsedDocument

# python-pptx is untyped where it matters: shapes are told apart by what they have.
Shape = Any


def read_slides(path: Path, limits: Limits) -> ParsedDocument:
    """Text with slides: title, then what is on it from top to bottom, then the speaker's notes."""
    builder = TextBuilder(limits)
    presentation = cast(Any, Presentation(str(path)))
    slides = list(presentation.slides)
    builder.check_pages(len(slides))
    for number, slide in enumerate(slides, start=1):
        title = slide.shapes.title
        if title is not None and title.has_text_frame:
            builder.heading(title.text_frame.text, 1, page=number)
        for shape in _in_reading_order(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                _add_shape(builder, shape, number)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text
            if notes.strip():
                builder.text(f"Notes: {notes}", page=number)
    return builder.finish(len(slides))


def _in_reading_order(shapes: Shape) -> Iterator[Shape]:
    """Top to bottom, left to right, groups opened where they stand."""
    placed = sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    for shape in placed:
        if hasattr(shape, "shapes"):
            yield from _in_reading_order(shape.shapes)
        else:
            yield shape


def _add_shape(builder: TextBuilder, shape: Shape, page: int) -> None:
    if getattr(shape, "has_table", False):
        for row in shape.table.rows:
            builder.row([cell.text for cell in row.cells], page=page)
    elif getattr(shape, "has_chart", False):
        _add_chart(builder, shape.chart, page)
    elif shape.has_text_frame:
        builder.text(shape.text_frame.text, page=page)
    else:
        # What a picture shows, where its author wrote it down.
        described = shape._element.xpath(".//p:cNvPr/@descr")
        builder.text(" ".join(described), page=page)


def _add_chart(builder: TextBuilder, chart: Shape, page: int) -> None:
    if chart.has_title and chart.chart_title.has_text_frame:
        builder.text(chart.chart_title.text_frame.text, page=page)
    for plot in chart.plots:
        categories = [str(category) for category in plot.categories]
        builder.row(["", *categories], page=page)
        for series in plot.series:
            values = ["" if value is None else f"{value:g}" for value in series.values]
            builder.row([series.name or "", *values], page=page)
