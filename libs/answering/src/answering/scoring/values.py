"""Whether a piece of evidence holds a value of the kind that was asked for."""

from functools import lru_cache
from typing import Final

from answering.candidates.candidate import Candidate
from answering.question.reading import Reading
from language.values import values_in

# What else answers where a kind is asked: an amount may stand without its unit under a header
# that gives it, and "when" is answered by an hour as well as by a day.
ALSO: Final[dict[str, frozenset[str]]] = {
    "money": frozenset({"money"}),
    "date": frozenset({"date", "time", "duration"}),
    "duration": frozenset({"duration"}),
    "number": frozenset({"number", "money", "percent", "duration", "code", "version"}),
    "percent": frozenset({"percent"}),
    "contact": frozenset({"contact"}),
    "code": frozenset({"code", "number", "version"}),
    "version": frozenset({"version", "number", "code"}),
}
STRICT: Final = frozenset({"money", "duration", "number", "percent", "contact", "version", "code"})
"""Kinds without which a text is no answer at all."""
MIN_NAME: Final = 2


def fits(reading: Reading, candidate: Candidate) -> bool:
    """Whether it holds a value that is asked for and that the question does not say itself."""
    return any(_holds(kind, reading, candidate) for kind in reading.kinds)


def is_strict(reading: Reading) -> bool:
    return bool(reading.kinds & STRICT)


def _holds(kind: str, reading: Reading, candidate: Candidate) -> bool:
    if kind == "person":
        return has_name(candidate.text) or has_name(candidate.label)
    wanted = ALSO.get(kind, frozenset())
    pieces = [(f"{candidate.label} {candidate.heading}", candidate.text)]
    pieces += [(header, cell) for header, cell in candidate.parts]
    return any(_held(wanted, kind, header, text, reading.figures) for header, text in pieces)


def _held(wanted: frozenset[str], kind: str, header: str, text: str, said: tuple[str, ...]) -> bool:
    found = kinds_in(text)
    if any(one in wanted and canonical not in said for one, canonical in found):
        return True
    # The unit stands in the header: "Price (CHF)" over "38".
    plain = any(one in ("number", "code") for one, _ in found)
    return plain and kind in ("money", "percent", "duration") and kind in units_in(header)


@lru_cache(maxsize=16_384)
def kinds_in(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((value.kind, value.canonical) for value in values_in(text))


@lru_cache(maxsize=4_096)
def units_in(header: str) -> frozenset[str]:
    """The kinds of value that a unit in a header makes of a plain number."""
    return frozenset(
        value.kind for word in header.replace("(", " ").replace(")", " ").split()
        for value in values_in(f"1 {word}")
    ) - {"number"}


def has_name(text: str) -> bool:
    """Two words with a capital beside each other; in letters without capitals, any text."""
    words = text.split()
    if not any(c.isupper() for c in text) and any(ord(c) > 0x3000 for c in text):  # noqa: PLR2004 - CJK begins
        return True
    run = 0
    for word in words:
        bare = word.strip(".,;:!?\"'()")
        run = run + 1 if bare[:1].isupper() and bare[1:2].islower() else 0
        if run >= MIN_NAME:
            return True
    return False
