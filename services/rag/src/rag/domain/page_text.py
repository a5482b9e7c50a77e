"""A page of a document, put together again from the passages it was cut into."""

from collections.abc import Sequence
from dataclasses import dataclass

AROUND_CHARS = 2_000
"""How far to either side a document without pages is shown."""


@dataclass(frozen=True)
class PageText:
    """A page of a document's text. `start` is where it begins in the whole."""

    document: str
    page: int | None
    pages: int | None
    start: int
    text: str
    heading: str


def joined(pieces: Sequence[tuple[int, str]]) -> tuple[int, str]:
    """The text that overlapping pieces were cut from, and where it begins.

    Args:
        pieces: offset and text of each, in order of offset, at least one. Between two that do not
            touch there was white space alone; it comes back as line breaks of the same length.
    """
    start, text = pieces[0]
    for offset, piece in pieces[1:]:
        end = start + len(text)
        text += "\n" * (offset - end) + piece[max(0, end - offset) :]
    return start, text
