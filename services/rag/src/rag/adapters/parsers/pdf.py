"""Text of a PDF, page by page, with pypdf."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from rag.adapters.parsers.builder import RejectedFileError, TextBuilder, clean, one_line
from rag.domain.documents import CORRUPTED, ENCRYPTED, NO_TEXT, Limits, ParsedDocument

_NUMBERED_HEADING = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[A-Z][^.!?]{2,70}$")
_LIST_ITEM = re.compile(
    r"^\s*([•●▪■◦‣\u2013\u2014*-]\s|\(?\d{1,3}[.)]\s|\d+(\.\d+)+\S*\s|\(?[a-z][.)]\s)"
)
_COLUMN_GAP = re.compile(r"\s{2,}")
# Two letters at least: a single one before a hyphen stands for itself (d-dimensional).
_BROKEN_WORD = re.compile(r"[a-z]{2}-$")
_SHORT_LINE_CHARS = 30
_TABLE_CELLS = 3
_TABLE_ROWS = 3
_LARGER_RATIO = 1.12
_TITLE_CHARS = 100
_NO_TITLE_ENDS = ".,;:"
# A line that reaches this share of the page's usual width goes on in the next line.
_FULL_LINE_RATIO = 0.7


class _Prints:
    """How large lines are printed, page after page: for headings that no outline names."""

    def __init__(self) -> None:
        self._sizes: dict[str, float] = {}
        self._chars: Counter[float] = Counter()

    def turn(self) -> None:
        """A new page begins; what was usual so far goes on."""
        self._sizes.clear()

    def take(
        self, text: str, _cm: object, matrix: Sequence[float], _font: object, size: float
    ) -> None:
        """Visit, for pypdf, a run of text: its matrix (a b c d e f) and nominal size."""
        shown = one_line(text)
        printed = round(abs(size * matrix[3]), 1)
        if shown:
            self._sizes[shown.lower()] = printed
            self._chars[printed] += len(shown)

    def titles(self) -> dict[str, int]:
        """The page's lines larger than most text so far, in lower case → level, the largest 1."""
        if not self._chars:
            return {}
        usual = self._chars.most_common(1)[0][0]
        larger = sorted((s for s in self._chars if s >= usual * _LARGER_RATIO), reverse=True)
        return {
            text: larger.index(size) + 1
            for text, size in self._sizes.items()
            if size in larger and len(text) <= _TITLE_CHARS and text[-1] not in _NO_TITLE_ENDS
        }


def read_pdf(path: Path, limits: Limits) -> ParsedDocument:
    """Text with pages.

    Raises:
        RejectedFileError: encrypted, damaged beyond repair, pictures only, or empty.
    """
    builder = TextBuilder(limits)
    try:
        pages = _read_pages(builder, PdfReader(path, strict=False))
    except (FileNotDecryptedError, DependencyError) as error:
        raise RejectedFileError(ENCRYPTED) from error
    except (RejectedFileError, MemoryError, RecursionError):
        raise
    # pypdf lets KeyError, TypeError, AttributeError and others out of damaged files; whichever it
    # is, it means the same to the owner.
    except Exception as error:
        raise RejectedFileError(CORRUPTED) from error
    if not pages:
        raise RejectedFileError(CORRUPTED)
    if builder.is_empty:
        raise RejectedFileError(NO_TEXT)
    return builder.finish(pages)


def _read_pages(builder: TextBuilder, reader: PdfReader) -> int:
    """Read all pages; returns how many there are."""
    # Many files are locked against printing only: the empty password opens those.
    if reader.is_encrypted and not reader.decrypt(""):
        raise RejectedFileError(ENCRYPTED)
    pages = len(reader.pages)
    builder.check_pages(pages)
    titles, prints = _titles(reader), _Prints()
    for number, page in enumerate(reader.pages, start=1):
        _add_page(builder, page, number, prints, titles.get(number, {}))
    return pages


def _titles(reader: PdfReader) -> dict[int, dict[str, int]]:
    """The outline: page number → title in lower case → level."""
    found: dict[int, dict[str, int]] = {}

    def walk(items: Sequence[Any], level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(cast(list[Any], item), level + 1)
                continue
            page = reader.get_destination_page_number(item)
            if page is not None and item.title:
                found.setdefault(page + 1, {})[one_line(str(item.title)).lower()] = level

    try:
        walk(cast(list[Any], reader.outline), 1)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a broken outline costs headings, not the document
        return {}
    return found


def _add_page(
    builder: TextBuilder, page: PageObject, number: int, prints: _Prints, titles: dict[str, int]
) -> None:
    prints.turn()
    text = page.extract_text(visitor_text=prints.take)
    lines = [line for line in clean(text).split("\n") if line.strip()]
    if _looks_tabular(lines):
        laid_out = [
            line
            for line in clean(page.extract_text(extraction_mode="layout")).split("\n")
            if line.strip()
        ]
        if sum(1 for line in laid_out if len(_cells(line)) >= _TABLE_CELLS) >= _TABLE_ROWS:
            _add_table_page(builder, laid_out, number)
            return
    for level, paragraph in _paragraphs(lines, prints.titles() | titles):
        if level:
            builder.heading(paragraph, level, page=number)
        else:
            builder.text(paragraph, page=number)


def _looks_tabular(lines: Sequence[str]) -> bool:
    """Plain extraction puts each cell of a table without lines on a line of its own."""
    short = sum(1 for line in lines if len(line) <= _SHORT_LINE_CHARS)
    return short * 2 > len(lines) and short >= _TABLE_CELLS * _TABLE_ROWS


def _add_table_page(builder: TextBuilder, lines: Sequence[str], number: int) -> None:
    paragraph: list[str] = []
    for line in lines:
        cells = _cells(line)
        if len(cells) == 1:
            paragraph.append(cells[0])
            continue
        builder.text("\n".join(paragraph), page=number)
        paragraph = []
        builder.row(cells, page=number)
    builder.text("\n".join(paragraph), page=number)


def _cells(line: str) -> list[str]:
    return _COLUMN_GAP.split(line.strip())


def _paragraphs(lines: Sequence[str], titles: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Lines joined to paragraphs: (0, text), and headings: (level, text)."""
    full = _usual_width(lines) * _FULL_LINE_RATIO
    paragraph = ""
    ended = True
    for raw in lines:
        line = raw.strip()
        level = _heading_level(line, titles)
        if level:
            yield 0, paragraph
            yield level, line
            paragraph, ended = "", True
            continue
        if ended or _LIST_ITEM.match(line):
            yield 0, paragraph
            paragraph = line
        elif _BROKEN_WORD.search(paragraph) and line[:1].islower():
            paragraph = paragraph[:-1] + line
        else:
            paragraph = f"{paragraph} {line}"
        ended = len(line) < full
    yield 0, paragraph


def _usual_width(lines: Sequence[str]) -> int:
    """Nine of ten lines are not longer."""
    widths = sorted(len(line) for line in lines)
    return widths[len(widths) * 9 // 10] if widths else 0


def _heading_level(line: str, titles: dict[str, int]) -> int:
    """From the outline, else from a section number; 0 for no heading."""
    lowered = line.lower()
    for title, level in titles.items():
        if lowered == title or (
            lowered.endswith(title) and lowered[: -len(title)].strip(" .0123456789") == ""
        ):
            return level
    numbered = _NUMBERED_HEADING.match(line)
    return numbered.group(1).count(".") + 1 if numbered else 0
