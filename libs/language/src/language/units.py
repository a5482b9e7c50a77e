"""Units and currencies by their names in a language, from the Unicode CLDR."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import (
    get_currency_name,
    get_currency_symbol,
    get_territory_currencies,
    list_currencies,
)
from babel.units import format_unit

from language.folding import folded
from language.stems import stemmed

UnitKind = Literal["money", "percent", "duration", "number"]


class Unit(NamedTuple):
    """What a number counts; `name` is an ISO 4217 code or a CLDR unit without its category."""

    kind: UnitKind
    name: str


# Whose dollar, franc or pound it is where only that is said: the language's own country's, else the
# most traded (Bank for International Settlements, Triennial Survey 2022).
_MOST_TRADED: Final = ("USD", "EUR", "JPY", "GBP", "CNY", "AUD", "CAD", "CHF")
# No currency, and for tests.
_NO_MONEY: Final = frozenset(("XXX", "XTS"))
# What people write and CLDR does not list.
_ALSO: Final = {"元": Unit("money", "CNY"), "円": Unit("money", "JPY")}
_COUNTS: Final = (1, 2, 5)
"""One of each plural form in nearly all languages."""
_COUNT: Final = re.compile(r"[\d\s.,\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
SYMBOL_CHARS: Final = 3
_MOST_WORDS: Final = 3
_MOST_SIGNS: Final = 8
_MOST_CHARS: Final = 60
_UNSEPARATED: Final = re.compile(r"\S+")
_UNSPACED: Final = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")


def unit_after(flat: str, at: int, language: str) -> tuple[Unit, int] | None:
    """The unit whose name begins at a place, the longest there is, and where it ends."""
    names = unit_names(language)
    for end in _ends(flat, at):
        unit = _named(flat[at:end], names, language)
        if unit is not None and not flat[end - 1].isspace():
            return unit, end
    return None


def unit_before(flat: str, at: int, language: str) -> tuple[Unit, int] | None:
    """The currency whose sign or code ends at a place (€ 12, CHF 38), and where it begins."""
    names = unit_names(language)
    for start in range(max(0, at - _MOST_SIGNS), at):
        inside_word = start and flat[start - 1].isalnum() and flat[start].isalnum()
        if inside_word or flat[start].isspace():
            continue
        unit = _named(flat[start:at], names, language)
        if unit is not None and unit.kind == "money":
            return unit, start
    return None


@lru_cache(maxsize=32)
def unit_names(language: str) -> dict[str, Unit]:
    """Units by what they are called in a language and in English, see `_key`.

    Codes of currencies are as they are, in capitals: five TRY is money, five try is not.
    """
    codes = {code: Unit("money", code) for code in list_currencies() if code not in _NO_MONEY}
    names = {**codes, **{code.lower(): codes[code] for code in _MOST_TRADED}, **_ALSO}
    for each in dict.fromkeys((language, "en", "en_GB")):
        try:
            locale = Locale.parse(each)
        except (UnknownLocaleError, ValueError):
            continue
        for name, unit in (*_units(locale), *_currencies(locale)):
            names.setdefault(_key(name, locale.language), unit)
    names.pop("", None)
    return names


def _ends(flat: str, at: int) -> Iterator[int]:
    """Where a unit's name that begins at a place may end, farthest first."""
    if at < len(flat) and _UNSPACED.match(flat, at):
        yield from range(min(len(flat), at + _MOST_SIGNS), at, -1)
        return
    ends: list[int] = []
    for found in _UNSEPARATED.finditer(flat, at, at + _MOST_CHARS):
        ends.append(found.end())
        if len(ends) == _MOST_WORDS:
            break
    for end in reversed(ends):
        yield end
        shorter = len(flat[at:end].rstrip(".,;:!?)]}\"'*|"))
        if at < at + shorter < end:
            yield at + shorter
    word = _WORD.match(flat, at)
    if word is not None:
        yield word.end()
    elif at < len(flat):
        yield at + 1


def _named(written: str, names: dict[str, Unit], language: str) -> Unit | None:
    written = written.strip()
    return names.get(written) or names.get(_key(written, language))


def _key(name: str, language: str) -> str:
    """Of a unit's name: its stemmed words. Single letters keep their case: M is no m."""
    name = name.strip()
    if len(name) <= SYMBOL_CHARS:
        return name if len(name) == 1 else folded(name)
    return " ".join(stemmed(folded(word), language) for word in name.split())


def _units(locale: Locale) -> Iterator[tuple[str, Unit]]:
    # What is short for several units is the first's: m is a metre in CLDR's short form, a month and
    # a minute in its narrow one.
    for length in ("long", "short", "narrow"):
        for unit in map(str, Locale("en").unit_display_names):
            kind, _, name = unit.partition("-")
            for count in _COUNTS:
                written = format_unit(count, unit, length, locale=locale)
                yield _COUNT.sub(" ", written).strip(), _unit(kind, name)


def _unit(category: str, name: str) -> Unit:
    if name == "percent":
        return Unit("percent", "percent")
    return Unit("duration" if category == "duration" else "number", name)


def _currencies(locale: Locale) -> Iterator[tuple[str, Unit]]:
    codes = dict.fromkeys((*_own(locale), *_MOST_TRADED, *sorted(list_currencies() - _NO_MONEY)))
    names: list[tuple[str, Unit]] = []
    for code in codes:
        unit = Unit("money", code)
        yield get_currency_symbol(code, locale), unit
        for count in _COUNTS:
            name = get_currency_name(code, count, locale)
            yield name, unit
            names.append((name, unit))
    # "dollars" for "US dollars", where the currency is one that people have in mind.
    for name, unit in names:
        if unit.name in _MOST_TRADED or unit.name in _own(locale):
            yield name.split()[-1], unit
            yield name.split()[0], unit


def _own(locale: Locale) -> list[str]:
    likely = str(get_global("likely_subtags").get(locale.language, ""))
    territory = likely.rpartition("_")[2]
    return get_territory_currencies(territory) if territory.isupper() else []
