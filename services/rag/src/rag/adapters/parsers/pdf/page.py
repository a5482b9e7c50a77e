"""What a page of a PDF shows: pieces of text where they stand, fields, and what is no text."""

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rag.adapters.parsers.pdf.fields import field_cells
from rag.adapters.parsers.pdf.frame import PageBox, PageFrame
from rag.adapters.parsers.pdf.pdfium import pdfium_c
from rag.adapters.parsers.pdf.text_runs import text_runs
from rag.domain.page_layout import PageCell

CONTRAST: Final = 12
"""Least difference, of 255, between a text and what is behind it that a reader can see."""
SMALLEST_POINTS: Final = 1.5
"""Text less high cannot be read by anybody."""
SCAN_LETTERS: Final = 32
"""A page with fewer that shows more than them is a picture of text."""
SCAN_INK_RATIO: Final = 0.002
SCAN_AREA_RATIO: Final = 0.3
PICTURE_AREA_RATIO: Final = 0.05
"""Of the page; smaller ones are logos and symbols."""
UNDECODABLE_RATIO: Final = 0.3
"""A page whose letters are to such a part unknown is read as a picture."""
RULE_POINTS: Final = 3.0
"""A drawn shape less high is a line."""


@dataclass
class PageContent:
    """What stands on a page.

    Attributes:
        width: of the page, in points.
        height: of the page, in points.
        upright: text that a reader sees, and the values of fields.
        turned: text that runs up, down or upside down, each as if the page were turned for it.
        rules: drawn lines, as cells without text.
        hidden_chars: characters that no reader sees; they are in no cell.
        undecodable_chars: characters whose font does not say what they are.
        pictures: larger than a symbol, without text over them.
        is_scan: it shows text that is in no cell: it is to be read by OCR.
        is_broken: it cannot be read at all.
    """

    width: float
    height: float
    upright: list[PageCell] = field(default_factory=list[PageCell])
    turned: dict[int, list[PageCell]] = field(default_factory=dict[int, list[PageCell]])
    rules: list[PageCell] = field(default_factory=list[PageCell])
    hidden_chars: int = 0
    undecodable_chars: int = 0
    pictures: int = 0
    is_scan: bool = False
    is_broken: bool = False


def read_page(page: Any, form: Any) -> PageContent:
    """The content of a page.

    Args:
        page: a page of PDFium's.
        form: the document's form environment; None without fields.
    """
    frame = PageFrame(page)
    content = PageContent(frame.width, frame.height)
    picture = _gray(page)
    shown: list[PageBox] = []
    for run in text_runs(page, frame):
        if run.unknown:
            content.undecodable_chars += run.unknown
        if not _is_seen(picture, run.box):
            content.hidden_chars += len(run.text)
            continue
        shown.append(run.box)
        cells = content.turned.setdefault(run.turns, []) if run.turns else content.upright
        cells.append(run.cell(frame))
    _look_at_drawings(page, frame, content, picture, shown)
    if form is not None:
        content.upright.extend(field_cells(page, form, frame))
    return content


def _gray(page: Any, scale: float = 1.0) -> NDArray[np.uint8]:
    """The page as it is printed, without fields and notes; shape (height, width)."""
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False, draw_annots=False)
    return bitmap.to_numpy().reshape(bitmap.height, bitmap.width)


def _is_seen(picture: NDArray[np.uint8], box: PageBox) -> bool:
    """Whether there is anything in the middle of where a text stands; scale 1."""
    if min(box.bottom - box.top, box.right - box.left) < SMALLEST_POINTS:
        return box.bottom - box.top >= SMALLEST_POINTS  # a thin letter, not a tiny one
    quarter = (box.bottom - box.top) / 4
    top, bottom = math.floor(box.top + quarter), math.ceil(box.bottom - quarter)
    left, right = math.floor(box.left), math.ceil(box.right)
    part = picture[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    return part.size > 0 and int(part.max()) - int(part.min()) >= CONTRAST


def _look_at_drawings(
    page: Any,
    frame: PageFrame,
    content: PageContent,
    picture: NDArray[np.uint8],
    shown: list[PageBox],
) -> None:
    """Find lines and pictures, and whether the page shows text that is not in its cells."""
    whole = frame.width * frame.height
    pictures: list[PageBox] = []
    kinds = [pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE]
    for drawn in page.get_objects(filter=kinds, max_depth=1):
        box = frame.box(*drawn.get_bounds())
        if drawn.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            if box.area >= PICTURE_AREA_RATIO * whole and not _is_written_on(box, shown):
                pictures.append(box)
        elif box.bottom - box.top <= RULE_POINTS < box.right - box.left:
            content.rules.append(PageCell("", *box))
    cells = [*content.upright, *(cell for turned in content.turned.values() for cell in turned)]
    letters = sum(char.isalnum() for cell in cells for char in cell.text)
    undecodable = content.undecodable_chars > UNDECODABLE_RATIO * max(1, letters)
    content.is_scan = (
        undecodable
        or sum(box.area for box in pictures) >= SCAN_AREA_RATIO * whole
        or (letters < SCAN_LETTERS and _ink_elsewhere(picture, shown) >= SCAN_INK_RATIO)
    )
    if undecodable:
        content.upright, content.turned = [], {}
    content.pictures = 0 if content.is_scan else len(pictures)


def _is_written_on(picture: PageBox, shown: list[PageBox]) -> bool:
    """Text over a picture: a background, or a scan that was read already."""
    return any(picture.covers((b.left + b.right) / 2, (b.top + b.bottom) / 2) for b in shown)


def _ink_elsewhere(picture: NDArray[np.uint8], shown: list[PageBox]) -> float:
    """Share of the page that is neither background nor in one of the boxes."""
    background = int(np.median(picture))
    ink = np.abs(picture.astype(np.int16) - background) > CONTRAST * 4
    for box in shown:
        top, left = max(0, math.floor(box.top)), max(0, math.floor(box.left))
        ink[top : math.ceil(box.bottom), left : math.ceil(box.right)] = False
    return float(ink.mean())
