"""Whether a piece of evidence holds a value of the kind that was asked for."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from answering.candidates.candidate import Candidate
from answering.question.reading import Reading
from language.values import value_with_unit, values_in

# What else answers where a kind is asked: "when" by an hour as well as by a day.
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
_PRICE_LIKE: Final = re.compile(r"\d[.,]\d\d(?!\d)")
"""Shops leave the currency out; two digits behind the point are cents more often than not."""


def fits(reading: Reading, candidate: Candidate) -> bool:
    """Whether it holds a value that is asked for and that the question does not say itself."""
    return any(_holds(kind, reading, candidate) for kind in reading.kinds)


def fits_text(reading: Reading, text: str, header: str = "") -> bool:
    """The same of a text, where the header over it may give the unit."""
    found = {one for one, _ in kinds_in(text, header, reading.lang)}
    return any(found & ALSO.get(kind, frozenset()) for kind in reading.kinds)


def is_strict(reading: Reading) -> bool:
    return bool(reading.kinds & STRICT)


def _holds(kind: str, reading: Reading, candidate: Candidate) -> bool:
    if kind == "person":
        return any(has_name(text, reading.names) for text in (candidate.text, candidate.label))
    wanted = ALSO.get(kind, frozenset())
    pieces = candidate.parts or (
        (f"{candidate.heading.rsplit(' > ', 1)[-1]} {candidate.label}", candidate.text),
    )
    return any(
        (one in wanted or (kind == "money" and one == "number" and _PRICE_LIKE.search(text)))
        and canonical not in reading.figures
        for header, text in pieces
        for one, canonical in kinds_in(text, header, reading.lang)
    )


@lru_cache(maxsize=16_384)
def kinds_in(text: str, header: str = "", lang: str = "en") -> tuple[tuple[str, str], ...]:
    """Kind and canonical form of each value, where a header gives the unit by that one."""
    if header and (value := value_with_unit(text, header, lang)):
        return ((value.kind, value.canonical),)
    return tuple((value.kind, value.canonical) for value in values_in(text, lang))


def has_name(text: str, but: Collection[str] = ()) -> bool:
    """Two words with a capital beside each other; in letters without capitals, any text.

    One with a word of `but` is the name that the question says itself.
    """
    words = text.split()
    if not any(c.isupper() for c in text) and any(ord(c) > 0x3000 for c in text):  # noqa: PLR2004 - CJK begins
        return True
    run = 0
    for word in words:
        bare = word.strip(".,;:!?\"'()")
        is_named = bare[:1].isupper() and bare[1:2].islower() and bare not in but
        run = run + 1 if is_named else 0
        if run >= MIN_NAME:
            return True
    return False
