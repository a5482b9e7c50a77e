"""A document as text with structure, and why a file cannot become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Kind = Literal["pdf", "docx", "pptx", "xlsx", "html", "markdown", "csv", "text"]
Style = Literal["heading", "text", "row"]


@dataclass(frozen=True)
class Block:
    """A piece of the text that belongs together: a heading, a paragraph, one row of a table.

    Attributes:
        start: offset of its first character in the document's text.
        end: offset after its last character.
        page: page, slide or sheet, from 1; None where there are none.
        style: `row` blocks a line end apart are one table, its first row names the columns.
        level: of a heading, from 1; 0 for all else.
    """

    start: int
    end: int
    page: int | None = None
    style: Style = "text"
    level: int = 0


SCANS_MAX: Final = 200
"""Pages of one document that OCR reads; at one to two seconds each it is minutes."""


class ScanLine(NamedTuple):
    """Text that OCR found on a page, and where: shares of the page's width and height, [0, 1]."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


Scans = Mapping[int, Sequence[ScanLine]]
"""What OCR found, by page; pages without text are there with nothing."""


@dataclass(frozen=True)
class LeftOut:
    """A part of the file that is not in the text.

    Attributes:
        code: public, snake_case: `page_without_text`.
        where: for people: `page 2`; empty for the whole file.
    """

    code: str
    where: str


@dataclass(frozen=True)
class ParsedDocument:
    """What a file says. Blocks are in order, do not overlap, and hold all text but white space.

    Attributes:
        text: offsets of blocks, passages and citations count its characters.
        blocks: in the order of the text.
        pages: pages, slides or sheets of the file; None where there are none.
        left_out: what of the file is not in the text, in the order of the file.
        scans: pages that are pictures of text, which is not in the text yet.
    """

    text: str
    blocks: Sequence[Block]
    pages: int | None = None
    left_out: Sequence[LeftOut] = ()
    scans: Sequence[int] = ()


@dataclass(frozen=True)
class Rejection:
    """Why a file cannot be indexed.

    Attributes:
        code: public, snake_case.
        reason: one sentence for people that says what to do; holds nothing of the file's content.
    """

    code: str
    reason: str


@dataclass(frozen=True)
class Limits:
    """What one document may cost, and how much of it is wanted.

    Attributes:
        hidden: also read what the document's own program does not show.
    """

    size_bytes: int
    pages: int
    chars: int
    inflated_bytes: int
    time_s: float
    memory_bytes: int
    hidden: bool = False


ENCRYPTED = Rejection(
    "encrypted", "The file is protected by a password: save it without and try again."
)
CORRUPTED = Rejection(
    "corrupted", "The file is damaged: open it in its program, save it again and retry."
)
NO_TEXT = Rejection(
    "no_text", "No text was found in the pictures that the pages are: upload a sharper scan."
)
EMPTY = Rejection("empty", "There is no text in the file.")
LEGACY = Rejection(
    "legacy_format", "This is an Office 97 file: save it as .docx, .pptx or .xlsx and try again."
)
INFLATED = Rejection("inflated", "The archive unpacks to far more than its size: it is not read.")
PART_TOO_LARGE = Rejection(
    "too_large",
    "One piece of the file is too large or nested too deeply: split it into smaller files.",
)
TOO_SLOW = Rejection("too_slow", "Reading the file takes too long: split it into smaller files.")
TOO_COMPLEX = Rejection(
    "too_complex", "Reading the file takes too much memory: split it into smaller files."
)
TOO_DEEP = Rejection(
    "too_complex", "The page nests its parts thousands deep: save it as text and try again."
)


def too_large(limit_bytes: int) -> Rejection:
    """More bytes than the limit."""
    return Rejection("too_large", f"The file is larger than {limit_bytes // 2**20} MiB: split it.")


def too_many_pages(limit: int) -> Rejection:
    """More pages, slides or sheets than the limit."""
    return Rejection("too_many_pages", f"The file has more than {limit} pages: split it.")


def too_much_text(limit_chars: int) -> Rejection:
    """More text than the limit."""
    return Rejection(
        "too_much_text", f"The file holds more than {limit_chars} characters: split it."
    )


def unsupported(found: str) -> Rejection:
    """Content of a kind that is not read, whatever its name says."""
    return Rejection(
        "unsupported_type",
        f"The content is {found}: upload PDF, DOCX, PPTX, XLSX, HTML, Markdown, CSV or text.",
    )
