"""What a page of a PDF shows: pieces of text where they stand, fields, and what is no text."""

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.adapters.parsers.pdfium import pdfium_c
from rag.domain.page_layout import CELL_GAP_RATIO, SPACE_GAP_RATIO, PageCell

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
_TEXT_FIELDS: Final = frozenset(
    {
        pdfium_c.FPDF_FORMFIELD_TEXTFIELD,
        pdfium_c.FPDF_FORMFIELD_COMBOBOX,
        pdfium_c.FPDF_FORMFIELD_LISTBOX,
    }
)
_TICKS: Final = frozenset({pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON})
_NOT_SHOWN: Final = (
    pdfium_c.FPDF_ANNOT_FLAG_INVISIBLE
    | pdfium_c.FPDF_ANNOT_FLAG_HIDDEN
    | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW
)
_PASSWORD_FIELD: Final = 1 << 13
_LINE_END_HYPHENS: Final = {0x02, 0xAD, 0xFFFE}
"""What PDFium gives for the hyphen of a word that goes on in the next line."""


class PageBox(NamedTuple):
    """Points, origin top left of the page as it is shown."""

    left: float
    top: float
    right: float
    bottom: float

    def covers(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    @property
    def area(self) -> float:
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


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
    frame = _Frame(page)
    content = PageContent(frame.width, frame.height)
    picture = _gray(page)
    shown: list[PageBox] = []
    for run in _runs(page, frame):
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
        content.upright.extend(_fields(page, form, frame))
    return content


def _gray(page: Any, scale: float = 1.0) -> NDArray[np.uint8]:
    """The page as it is printed, without fields and notes; shape (height, width)."""
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False, draw_annots=False)
    return bitmap.to_numpy().reshape(bitmap.height, bitmap.width)


class _Frame:
    """From a page's own coordinates to points from the top left of the page as it is shown."""

    def __init__(self, page: Any) -> None:
        self.width, self.height = page.get_size()
        self.quarter_turns = page.get_rotation() // 90
        self._origin = self._device(page, 0, 0)
        # A thousand points along each axis: the device's coordinates are whole numbers.
        along_x, along_y = self._device(page, 1_000, 0), self._device(page, 0, 1_000)
        self._x = tuple((b - a) / 1_000 for a, b in zip(self._origin, along_x, strict=True))
        self._y = tuple((b - a) / 1_000 for a, b in zip(self._origin, along_y, strict=True))

    def _device(self, page: Any, x: float, y: float) -> tuple[float, float]:
        finer = 16
        across, down = ctypes.c_int(), ctypes.c_int()
        size = (round(self.width * finer), round(self.height * finer))
        pdfium_c.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        return across.value / finer, down.value / finer

    def box(self, left: float, bottom: float, right: float, top: float) -> PageBox:
        corners = [self._at(left, bottom), self._at(right, top)]
        xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        return PageBox(xs[0], ys[0], xs[1], ys[1])

    def turned(self, box: PageBox, turns: int) -> PageBox:
        """The box on the page turned so that text that many quarter turns off is upright."""
        if turns == 1:
            return PageBox(self.height - box.bottom, box.left, self.height - box.top, box.right)
        if turns == 2:  # noqa: PLR2004 - upside down
            return PageBox(
                self.width - box.right,
                self.height - box.bottom,
                self.width - box.left,
                self.height - box.top,
            )
        if turns == 3:  # noqa: PLR2004 - runs down
            return PageBox(box.top, self.width - box.right, box.bottom, self.width - box.left)
        return box

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (
            self._origin[0] + x * self._x[0] + y * self._y[0],
            self._origin[1] + x * self._x[1] + y * self._y[1],
        )


@dataclass
class _Run:
    """Characters that follow each other in one line."""

    text: str
    box: PageBox
    last: PageBox
    size: float
    turns: int
    unknown: int = 0

    def cell(self, frame: _Frame) -> PageCell:
        box = frame.turned(self.box, self.turns)
        return PageCell(self.text, *box, size=self.size)


class _Char(NamedTuple):
    text: str
    box: PageBox
    size: float
    turns: int
    is_known: bool


def _runs(page: Any, frame: _Frame) -> Iterator[_Run]:
    """The page's text in the order in which it is drawn, cut where a line or a cell ends."""
    run: _Run | None = None
    after_space = False
    for char in _chars(page, frame):
        if char is None:
            after_space = True
            continue
        if run is not None and _goes_on(run, char, frame):
            gap = _gap(run, char, frame)
            blank = after_space or gap > SPACE_GAP_RATIO * char.size
            run.text += (" " if blank else "") + char.text
            run.box = _around(run.box, char.box)
            run.last = char.box
            run.unknown += not char.is_known
        else:
            if run is not None:
                yield run
            unknown = 0 if char.is_known else 1
            run = _Run(char.text, char.box, char.box, char.size, char.turns, unknown)
        after_space = False
    if run is not None:
        yield run


def _chars(page: Any, frame: _Frame) -> Iterator[_Char | None]:
    """Characters with ink; None for white space between them."""
    with closing(page.get_textpage()) as texts:
        rect = pdfium_c.FS_RECTF()
        for at in range(pdfium_c.FPDFText_CountChars(texts)):
            code = pdfium_c.FPDFText_GetUnicode(texts, at)
            if code in _LINE_END_HYPHENS:
                text = "-"
            elif (text := chr(code) if code < 0x110000 else "\ufffd").isspace():  # noqa: PLR2004 - end of Unicode
                yield None
                continue
            if not pdfium_c.FPDFText_GetLooseCharBox(texts, at, rect):
                continue
            box = frame.box(rect.left, rect.bottom, rect.right, rect.top)
            angle = pdfium_c.FPDFText_GetCharAngle(texts, at)
            turns = (-round(angle / (math.pi / 2)) - frame.quarter_turns) % 4  # counter-clockwise
            upright = frame.turned(box, turns)
            is_known = code != 0 and not pdfium_c.FPDFText_HasUnicodeMapError(texts, at)
            yield _Char(text, box, upright.bottom - upright.top, turns, is_known)


def _goes_on(run: _Run, char: _Char, frame: _Frame) -> bool:
    if run.turns != char.turns:
        return False
    last, here = frame.turned(run.last, run.turns), frame.turned(char.box, char.turns)
    shared = min(last.bottom, here.bottom) - max(last.top, here.top)
    lower = min(last.bottom - last.top, here.bottom - here.top)
    return shared >= lower / 2 and _gap(run, char, frame) <= CELL_GAP_RATIO * char.size


def _gap(run: _Run, char: _Char, frame: _Frame) -> float:
    """Points between the last character and the next, in the direction of its script."""
    last, here = frame.turned(run.last, run.turns), frame.turned(char.box, char.turns)
    if unicodedata.bidirectional(char.text) in {"R", "AL"}:
        return abs(last.left - here.right)
    behind = here.left - last.right
    return behind if behind >= -char.size / 2 else math.inf


def _around(a: PageBox, b: PageBox) -> PageBox:
    return PageBox(
        min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom)
    )


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
    frame: _Frame,
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


def _fields(page: Any, form: Any, frame: _Frame) -> Iterator[PageCell]:
    """Values of fields that a reader sees, where they stand."""
    for at in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        note = pdfium_c.FPDFPage_GetAnnot(page, at)
        if not note:
            continue
        try:
            value = _value(note, form)
            rect = pdfium_c.FS_RECTF()
            if value and pdfium_c.FPDFAnnot_GetRect(note, rect):
                box = frame.box(rect.left, rect.bottom, rect.right, rect.top)
                yield PageCell(value, *box, is_field=True)
        finally:
            pdfium_c.FPDFPage_CloseAnnot(note)


def _value(note: Any, form: Any) -> str:
    if pdfium_c.FPDFAnnot_GetFlags(note) & _NOT_SHOWN:
        return ""
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, note)
    if kind in _TICKS:
        return "☑" if pdfium_c.FPDFAnnot_IsChecked(form, note) else "☐"
    if kind not in _TEXT_FIELDS:
        return ""
    if pdfium_c.FPDFAnnot_GetFormFieldFlags(form, note) & _PASSWORD_FIELD:
        return ""
    size = pdfium_c.FPDFAnnot_GetFormFieldValue(form, note, None, 0)
    buffer = ctypes.create_string_buffer(size)
    units = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    pdfium_c.FPDFAnnot_GetFormFieldValue(form, note, units, size)
    return buffer.raw.decode("utf-16-le", errors="replace").rstrip("\0")
