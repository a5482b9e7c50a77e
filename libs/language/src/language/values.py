"""Values of a text: what it costs, how long it takes, when it is, what it is called."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from language.dates import Found, dates_in, times_in
from language.detection import language_of
from language.folding import plain
from language.numbers import number
from language.units import SYMBOL_CHARS, Unit, unit_after, unit_before
from language.words import Token, tokens

ValueKind = Literal[
    "money", "percent", "duration", "date", "time", "number", "code", "contact", "version"
]

_CONTACT: Final = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>\b(?:https?://|www\.)[^\s<>\"'),。]+[\w/])"
    r"|(?P<phone>(?<![\w.,-])(?:\(\d{1,5}\)[ .-]?)?\d{2,5}(?:[ .-]\d{2,5}){2,4}(?!\w|[.,-]\d))"
    r"|(?P<plus>\+\d[\d ()-]{6,16}\d)"
)
_VERSION: Final = re.compile(
    r"(?<![\w.])(?:v\.?(?P<told>\d+(?:\.\d+)*)|(?P<dotted>\d{1,2}(?:\.\d{1,2}){2,3}))"
    r"(?P<tail>-[a-z]+\.?\d*)?(?![\w]|\.\d)",
    re.IGNORECASE,
)
_PHONE_DIGITS: Final = range(8, 16)
_HEADER_UNIT: Final = re.compile(r"[(\[【]([^()\[\]【】]+)[)\]】]")
_LAST: Final = re.compile(r"(?:,|/|\s)\s*(\S+)\s*$")


@dataclass(frozen=True)
class Value:
    """A value in a text.

    Attributes:
        canonical: equal for equal values: a number's plain form (1348, 0.5), an ISO 8601 date
            (2026-11-28, --11-28 without a year; a day of the week from 1, Monday), a time as 14:30,
            a code without its separators in capitals, an address in small letters, a phone number's
            digits.
        unit: ISO 4217 code, CLDR unit (month, kilogram), "percent", "weekday"; None if there is
            none.
        start, end: characters into the text, the end exclusive; with its unit.
    """

    kind: ValueKind
    canonical: str
    unit: str | None
    start: int
    end: int


def values_in(text: str, lang: str | None = None) -> list[Value]:
    """All values of a text, in order; none overlaps another.

    Args:
        text: any.
        lang: ISO 639-1; by default the one that the text looks like.
    """
    language = lang or language_of(text)
    flat = plain(text)
    taken: list[Value] = []
    for value in _all(flat, language):
        if all(value.end <= other.start or other.end <= value.start for other in taken):
            taken.append(value)
    return sorted(taken, key=lambda value: value.start)


def unit_of(header: str, lang: str | None = None) -> Unit | None:
    """The unit that a column's or field's name gives: Price (CHF), Weight in kg, Months."""
    language = lang or language_of(header)
    flat = plain(header).strip()
    names = [*_HEADER_UNIT.findall(flat), flat]
    last = _LAST.search(flat)
    # A last word is a unit only where it looks like one: `Price per month` counts no months.
    if last is not None and (
        last[1].isupper() or not last[1].isalpha() or len(last[1]) <= SYMBOL_CHARS
    ):
        names.append(last[1])
    for name in names:
        found = unit_after(name.strip(), 0, language)
        if found is not None and found[1] == len(name.strip()):
            return found[0]
    return None


def value_with_unit(cell: str, header: str, lang: str | None = None) -> Value | None:
    """A cell's only value, with the unit of its header where it has none itself."""
    found = values_in(cell, lang)
    if len(found) != 1:
        return None
    value = found[0]
    if value.kind != "number" or value.unit is not None:
        return value
    unit = unit_of(header, lang)
    return value if unit is None else replace(value, kind=unit.kind, unit=unit.name)


def _all(flat: str, language: str) -> Iterator[Value]:
    """The surest kinds first."""
    for found in dates_in(flat, language):
        yield _dated("date", found)
    yield from _contacts(flat)
    for found in times_in(flat, language):
        yield _dated("time", found)
    for match in _VERSION.finditer(flat):
        written = (match["told"] or match["dotted"]) + (match["tail"] or "").lower()
        yield Value("version", written, None, *match.span())
    for token in tokens(flat, language):
        yield from _of_token(flat, token, language)


def _contacts(flat: str) -> Iterator[Value]:
    for found in _CONTACT.finditer(flat):
        written = found[0]
        if found["phone"] or found["plus"]:
            digits = re.sub(r"\D", "", written)
            if len(digits) not in _PHONE_DIGITS or number(written) is not None:
                continue
            written = f"+{digits}" if written.startswith("+") else digits
        yield Value("contact", written.lower(), None, *found.span())


def _dated(kind: Literal["date", "time"], found: Found) -> Value:
    unit = found.unit if found.unit == "weekday" else None
    return Value(kind, found.canonical, unit, found.start, found.end)


def _of_token(flat: str, token: Token, language: str) -> Iterator[Value]:
    if token.kind == "code":
        yield Value("code", token.terms[0].upper(), None, token.start, token.end)
    if token.kind != "number":
        return
    figures = flat[token.start : token.end]
    counted = _counted(flat, token, language)
    if counted.unit is None and token.code is not None and flat[token.code_start].isupper():
        yield Value("code", token.code.upper(), None, token.code_start, token.end)
    elif figures[0].isdecimal() and number(figures, language) is None:
        yield Value("code", token.terms[0], None, token.start, token.end)
    else:
        yield counted


def _counted(flat: str, token: Token, language: str) -> Value:
    after = unit_after(flat, token.end + flat.startswith(" ", token.end), language)
    before = unit_before(flat, token.start, language)
    canonical = token.terms[0]
    if after is not None and (before is None or after[0].kind == "money"):
        unit, end = after
        return Value(unit.kind, canonical, unit.name, token.start, end)
    if before is not None:
        unit, start = before
        return Value(unit.kind, canonical, unit.name, start, token.end)
    return Value("number", canonical, None, token.start, token.end)
