"""Collects blocks into one text and knows where each of them stands."""

import re
from collections.abc import Sequence

from rag.domain.documents import (
    EMPTY,
    Block,
    LeftOut,
    Limits,
    ParsedDocument,
    Rejection,
    Style,
    too_many_pages,
    too_much_text,
)

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# Hyphen, non-breaking hyphen, figure dash, minus, small and full-width hyphen: typed as "-".
# En and em dash stay: they separate, they do not join.
_HYPHENS = "\u2010\u2011\u2012\u2212\ufe63\uff0d"
# Every space of Unicode (category Zs): non-breaking, narrow, thin, figure space and their like.
_WIDE_SPACES = (
    "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
# Soft hyphen, zero-width space, word joiner and the marks of writing direction: nobody sees or
# types them. The zero-width joiners stay, they change how Persian, Hindi and emoji look.
_INVISIBLE = (
    "\xad\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_CLEAN = str.maketrans(
    {
        # What PostgreSQL, JSON or a reader cannot hold: control characters, lone surrogates.
        **{chr(code): "" for code in range(0x20) if chr(code) not in "\t\n"},
        **{chr(code): "" for code in range(0x7F, 0xA0)},
        **{chr(code): "\ufffd" for code in range(0xD800, 0xE000)},
        **dict.fromkeys("\x0b\x0c\x85\u2028\u2029", "\n"),
        **dict.fromkeys(_HYPHENS, "-"),
        **dict.fromkeys(_WIDE_SPACES, " "),
        **dict.fromkeys(_INVISIBLE, ""),
        **_LIGATURES,
    }
)
_LEFT_OUT_MAX = 50
_WHERE_CHARS = 120
_SPACES = re.compile(r"[ \t]{2,}")


class RejectedFileError(Exception):
    """The file cannot become a document; carries what to tell its owner."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.code)
        self.rejection = rejection


def clean(text: str) -> str:
    """The text without what cannot be stored or searched; lines end in LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CLEAN)


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


class TextBuilder:
    """Joins blocks by a blank line, rows of a table by a line end."""

    def __init__(self, limits: Limits, left_out: Sequence[LeftOut] = ()) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._left_out: dict[LeftOut, None] = dict.fromkeys(left_out)
        self._in_table = False

    def leave_out(self, code: str, where: str = "") -> None:
        """Say once what is left out: `page_without_text`, `page 2`; codes in docs/reference."""
        if len(self._left_out) < _LEFT_OUT_MAX:
            self._left_out[LeftOut(code=code, where=one_line(where)[:_WHERE_CHARS])] = None
        else:
            self._left_out[LeftOut(code="more_left_out", where="")] = None

    def heading(self, text: str, level: int, *, page: int | None = None) -> None:
        self._add(one_line(text), "heading", level, page)

    def text(self, text: str, *, page: int | None = None) -> None:
        """A paragraph; its own line ends are kept."""
        lines = (_SPACES.sub(" ", line).strip() for line in clean(text).split("\n"))
        self._add("\n".join(line for line in lines if line), "text", 0, page)

    def verbatim(self, text: str, *, page: int | None = None) -> None:
        """Code and the like: inner white space counts."""
        self._add(clean(text).strip("\n").rstrip(), "text", 0, page)

    def row(self, cells: list[str], *, page: int | None = None) -> None:
        """One row of a table; neighbouring rows are one table, empty rows are left out."""
        shown = [one_line(cell) for cell in cells]
        while shown and not shown[-1]:
            shown.pop()
        if any(shown):
            self._add(" | ".join(shown).strip(), "row", 0, page)

    def end_table(self) -> None:
        """The next row begins a table of its own."""
        self._in_table = False

    def finish(self, pages: int | None = None, *, scans: tuple[int, ...] = ()) -> ParsedDocument:
        """The document.

        Raises:
            RejectedFileError: there is no text at all, and no page that OCR could read.
        """
        if not self._blocks and not scans:
            raise RejectedFileError(EMPTY)
        text = "".join(self._parts)
        return ParsedDocument(text, tuple(self._blocks), pages, tuple(self._left_out), scans)

    def check_pages(self, pages: int) -> None:
        """Refuse more pages than allowed, before they are read."""
        if pages > self._limits.pages:
            raise RejectedFileError(too_many_pages(self._limits.pages))

    @property
    def is_empty(self) -> bool:
        return not self._blocks

    def _add(self, text: str, style: Style, level: int, page: int | None) -> None:
        if not text.strip():
            return
        if self._blocks:
            same_table = style == "row" and self._in_table and self._blocks[-1].page == page
            gap = "\n" if same_table else "\n\n"
            self._parts.append(gap)
            self._length += len(gap)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        if self._length > self._limits.chars:
            raise RejectedFileError(too_much_text(self._limits.chars))
        self._blocks.append(Block(start, self._length, page, style, level))
        self._in_table = style == "row"
