"""A page's characters, put together to runs of text."""

import math
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from rag.adapters.parsers.pdf.frame import PageBox, PageFrame
from rag.adapters.parsers.pdf.pdfium import pdfium_c
from rag.domain.page_layout import CELL_GAP_RATIO, SPACE_GAP_RATIO, PageCell

_LINE_END_HYPHENS: Final = {0x02, 0xAD, 0xFFFE}
"""What PDFium gives for the hyphen of a word that goes on in the next line."""


@dataclass
class TextRun:
    """Characters that follow each other in one line."""

    text: str
    box: PageBox
    last: PageBox
    size: float
    turns: int
    unknown: int = 0

    def cell(self, frame: PageFrame) -> PageCell:
        box = frame.turned(self.box, self.turns)
        return PageCell(self.text, *box, size=self.size)


class _Char(NamedTuple):
    text: str
    box: PageBox
    size: float
    turns: int
    is_known: bool


def text_runs(page: Any, frame: PageFrame) -> Iterator[TextRun]:
    """The page's text in the order in which it is drawn, cut where a line or a cell ends."""
    run: TextRun | None = None
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
            run = TextRun(char.text, char.box, char.box, char.size, char.turns, unknown)
        after_space = False
    if run is not None:
        yield run


def _chars(page: Any, frame: PageFrame) -> Iterator[_Char | None]:
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


def _goes_on(run: TextRun, char: _Char, frame: PageFrame) -> bool:
    if run.turns != char.turns:
        return False
    last, here = frame.turned(run.last, run.turns), frame.turned(char.box, char.turns)
    shared = min(last.bottom, here.bottom) - max(last.top, here.top)
    lower = min(last.bottom - last.top, here.bottom - here.top)
    return shared >= lower / 2 and _gap(run, char, frame) <= CELL_GAP_RATIO * char.size


def _gap(run: TextRun, char: _Char, frame: PageFrame) -> float:
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
