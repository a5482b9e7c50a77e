"""Where sentences begin and end, in the scripts and languages that documents come in.

sentencex (Wikimedia) knows the abbreviations, ordinals and full stops of some 300 languages;
py3langid says which one it is. See docs/decisions/0018-reading-documents.md for what was measured.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, cast

import sentencex  # pyright: ignore[reportMissingTypeStubs]  # it has none

from language.detection import likeliest_language

Span = tuple[int, int]
"""Characters into the text, the end exclusive."""

MAX_PIECE_CHARS: Final = 2_000
"""sentencex takes the square of the time for text full of quotation marks: 6 ms for so many."""
LOOKED_AT_CHARS: Final = 100
"""Before and after an end, so that the time for a text stays in proportion to its length."""
MAX_ABBREVIATION_LETTERS: Final = 6
"""`approx. 40`: a shorter word before a full stop and a figure is taken for an abbreviation."""

_HALVES: Final = re.compile(r"[\ud800-\udfff]")  # of characters: no library takes them
_ASCII_END: Final = re.compile(r"[.!?][^\s.!?]*\s|\n[ \t]*\n")
# Rule SB8 of Unicode's text segmentation (UAX #29): no end before a word in small letters.
_GOES_ON: Final = re.compile(r"[\W\d_]*(\w)")
_FIGURE: Final = re.compile(r"[^\w\s]*\d")
_ITEM: Final = re.compile(r"\s*\d{1,3}[.)]\s")
_SHORT_WORD: Final = re.compile(rf"\b(?:\d+|\w{{1,{MAX_ABBREVIATION_LETTERS}}})\.\s*$")
_LETTER: Final = re.compile(r"[^\W\d_]")


def sentences(text: str) -> Iterator[Span]:
    """Sentences in order, without white space at their ends; they leave out nothing else.

    A line's end alone ends no sentence, a blank line does.
    """
    text = _HALVES.sub("\ufffd", text)
    begin = 0
    plainly_one = text.isascii() and not _ASCII_END.search(text.strip())
    for end in [*(() if plainly_one else _ends(text)), len(text)]:
        inner = text[begin:end].strip()
        if inner:
            first = begin + text[begin:end].index(inner)
            yield first, first + len(inner)
        begin = end


def _ends(text: str) -> Iterator[int]:
    """Offsets between two sentences."""
    language = likeliest_language(text)
    begin = at = 0
    while at < len(text):
        piece = text[at : at + MAX_PIECE_CHARS]
        ends = _boundaries(piece, language)
        for offset, sign in ends.items():
            end = at + offset
            if sign is None or not _joins(text, begin, end):
                yield end
                begin = end
        # What follows the last end is read again, with what stands after it.
        at += next(reversed(ends), len(piece)) if at + len(piece) < len(text) else len(piece)


def _boundaries(piece: str, language: str) -> dict[int, str | None]:
    """Each end inside the piece, with the sign that ends the sentence; None at a blank line."""
    certain = _signs(piece, language)
    if language == "en":
        return certain
    # Names, titles and units are abbreviated in English everywhere.
    english = _signs(piece, "en")
    return {end: sign for end, sign in certain.items() if sign != "." or end in english}


def _signs(piece: str, language: str) -> dict[int, str | None]:
    found = cast(Any, sentencex).get_sentence_boundaries(language, piece)
    ends: dict[int, str | None] = {item["end_index"]: item["boundary_symbol"] for item in found}
    ends.pop(len(piece), None)
    return ends


def _joins(text: str, begin: int, end: int) -> bool:
    """Whether a sentence from `begin` goes on after `end`."""
    if text[end - 1] in ".!?" and text[end].isascii():  # in `Node.js`, before marks: `**Stop.**`
        return True
    following = _GOES_ON.match(text, end, end + LOOKED_AT_CHARS)
    if following is not None and following[1].islower():
        return True
    begin = max(begin, end - LOOKED_AT_CHARS)
    if not _LETTER.search(text, begin, end):  # `2.` belongs to what it numbers
        return True
    if _ITEM.match(text, begin) and _ITEM.match(text, end):  # `1. Open it. 2. Close it.`
        return False
    return bool(_FIGURE.match(text, end) and _SHORT_WORD.search(text[begin:end]))
