"""Whether two readings of a screen are one text: OCR mistakes letters, and loses dots."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

REMEMBERED: Final = 32_768
LONG_WORD_CHARS: Final = 5
"""One other letter in a word as long as this is taken for a misreading, if it does not stay."""

# Each class holds one digit at most, so another digit is always another text.
_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("o\N{MASCULINE ORDINAL INDICATOR}\N{DEGREE SIGN}", "0"),
        **dict.fromkeys("li|!\N{LATIN SMALL LETTER DOTLESS I}", "1"),
        **dict.fromkeys("gq", "9"),
        **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}`", "'"),
        **dict.fromkeys("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", '"'),
        **dict.fromkeys("\N{HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "-"),
        "s": "5",
        "b": "8",
        "z": "2",
    }
)
_BLANKS: Final = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
_SMALL_MARKS: Final = re.compile(r"[\s.,:;'\"`·…]+")


@lru_cache(maxsize=REMEMBERED)
def skeleton(text: str) -> str:
    """What is left when letters that look alike are one: equal for two readings of one text.

    Blanks count between digits alone; a digit never becomes another digit.
    """
    return _BLANKS.sub("", _folded(text)).translate(_ALIKE)


def may_be_misread(text: str, other: str) -> bool:
    """Whether one could be the other: a small mark is lost, or one letter of a word is another.

    Only if it comes and goes: for good, each of these is another text.
    """
    if bare := _bare(text):
        return bare == _bare(other) or _one_letter_differs(_folded(text), _folded(other))
    return False


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _bare(text: str) -> str:
    spread = unicodedata.normalize("NFKD", _SMALL_MARKS.sub("", skeleton(text)))
    return "".join(char for char in spread if not unicodedata.combining(char))


def _one_letter_differs(text: str, other: str) -> bool:
    if len(text) != len(other):
        return False
    places = [at for at, (a, b) in enumerate(zip(text, other, strict=True)) if a != b]
    if len(places) != 1:
        return False
    at = places[0]
    if not (text[at].isalpha() and other[at].isalpha()):
        return False
    before = re.search(r"[^\W\d_]*$", text[:at])
    after = re.match(r"[^\W\d_]*", text[at + 1 :])
    assert before
    assert after
    return len(before.group()) + 1 + len(after.group()) >= LONG_WORD_CHARS
