"""Days, months and times of day by how a language writes them, from the Unicode CLDR."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from babel import Locale, UnknownLocaleError

from language.folding import folded
from language.numbers import CJK_NUMBER, cjk_number

_YEAR_DIGITS: Final = 4
_MONTHS: Final = 12
_DAYS: Final = 31
_CENTURY: Final = 2000
"""Of a year in two digits."""


class Found(NamedTuple):
    """Something with a place. `canonical` is ISO 8601, with - for what is not said."""

    canonical: str
    unit: str
    start: int
    end: int


class Calendar(NamedTuple):
    """What a language calls months and days, as patterns of folded text."""

    months: dict[str, int]
    days: dict[str, int]
    named: re.Pattern[str]
    day_first: bool
    hour: str


_NUMERIC: Final = re.compile(
    r"(?<![\d.,/-])(?:(?P<y>\d{4})(?P<a>[-/.])(?P<m>\d{1,2})(?P=a)(?P<d>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<b>[-/.])(?P<second>\d{1,2})(?P=b)(?P<year>\d{4}|\d{2}))(?![\d/-]|[.,]\d)"
)
_CJK: Final = re.compile(
    r"(?:(?P<y>\d{4}) ?[年년] ?)?(?P<m>\d{1,2}) ?[月월](?: ?(?P<d>\d{1,2}) ?[日号號일])?"
)
_CLOCK: Final = re.compile(
    r"(?<![\d:.])(?P<h>[01]?\d|2[0-4])(?:[:h](?P<m>[0-5]\d)(?::[0-5]\d)?)?"
    r"(?:\s?(?P<half>[ap])\.?\s?m\b\.?)?(?![\d:])",
    re.IGNORECASE,
)

_AFTERNOON: Final = ("下午", "午後", "오후")
_CJK_CLOCK: Final = re.compile(
    rf"(?:(?P<half>上午|下午|午前|午後|오전|오후)\s?)?(?P<h>\d{{1,2}}|{CJK_NUMBER})\s?[点點時时시](?!间|間|間)"
    rf"(?:(?P<and_half>半)|\s?(?P<m>\d{{1,2}}|{CJK_NUMBER})\s?[分분])?"
)


def dates_in(flat: str, language: str) -> Iterator[Found]:
    """Dates, months and days of the week, whole or in part; those of a language and in English."""
    calendar = _calendar(language)
    for found in _NUMERIC.finditer(flat):
        date = _numeric(found, calendar.day_first)
        if date is not None:
            yield Found(date, "date", *found.span())
    for found in _CJK.finditer(flat):
        if found["y"] or found["d"]:
            date = _date(found["y"], found["m"], found["d"])
            if date is not None:
                yield Found(date, "date", *found.span())
    yield from _named(flat, calendar)


def times_in(flat: str, language: str) -> Iterator[Found]:
    """Times of day: 9:30, 2 pm, 14h30, 14 Uhr, 下午3点半."""
    for found in _CJK_CLOCK.finditer(flat):
        hour, minute = _figure(found["h"]), _figure(found["m"] or "0")
        hour = hour % 12 + 12 if found["half"] in _AFTERNOON else hour
        yield Found(_time(hour, 30 if found["and_half"] else minute), "time", *found.span())
    suffix = _calendar(language).hour
    named = re.compile(rf"\s?{re.escape(suffix)}(?![^\W_])") if suffix else None
    for found in _CLOCK.finditer(flat):
        hour, half = int(found["h"]), (found["half"] or "").lower()
        after = named.match(flat, found.end()) if named else None
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        elif not found["m"] and after is None:
            continue
        end = after.end() if after else found.end()
        yield Found(_time(hour, int(found["m"] or 0)), "time", found.start(), end)


def _figure(written: str) -> int:
    return int(written if written.isdecimal() else cjk_number(written))


def _time(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


def _numeric(found: re.Match[str], day_first: bool) -> str | None:
    if found["y"]:
        return _date(found["y"], found["m"], found["d"])
    first, second = int(found["first"]), int(found["second"])
    dotted = found["b"] == "."
    day_first = dotted or first > _MONTHS or (day_first and second <= _MONTHS)
    month, day = (second, first) if day_first else (first, second)
    return _date(found["year"], str(month), str(day))


def _date(year: str | None, month: str | None, day: str | None) -> str | None:
    if (month and not 1 <= int(month) <= _MONTHS) or (day and not 1 <= int(day) <= _DAYS):
        return None
    number = None if year is None else int(year) + (0 if len(year) == _YEAR_DIGITS else _CENTURY)
    written = "-" if number is None else f"{number:04}"
    return written + "".join(f"-{int(part):02}" for part in (month, day) if part)


def _named(flat: str, calendar: Calendar) -> Iterator[Found]:
    for found in calendar.named.finditer(_as_long(flat)):
        name = found["name"].rstrip(".")
        if name in calendar.days and not found["before"]:
            yield Found(str(calendar.days[name]), "weekday", *found.span("name"))
        if name not in calendar.months:
            continue
        day = found["before"] or found["after"]
        date = _date(found["year"], str(calendar.months[name]), day)
        if date is not None:
            yield Found(date, "date", found.start(), found.end())


def _as_long(flat: str) -> str:
    """Folded character by character: places stay."""
    return "".join(one if len(one := folded(sign)) == 1 else sign for sign in flat)


@lru_cache(maxsize=16)
def _calendar(language: str) -> Calendar:
    months: dict[str, int] = {}
    days: dict[str, int] = {}
    locales = [locale for each in dict.fromkeys((language, "en")) if (locale := _locale(each))]
    for locale in locales:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in locale.months[context][width].items():
                    months.setdefault(_name(name), number)
                for number, name in locale.days[context][width].items():
                    days.setdefault(_name(name), number + 1)
    months = {name: number for name, number in months.items() if not name[0].isdigit()}
    days = {name: number for name, number in days.items() if len(name) > 1}
    names = "|".join(sorted(map(re.escape, {*months, *days}), key=len, reverse=True))
    pattern = (
        rf"(?:(?<!\d)(?P<before>\d{{1,2}})(?:\.|st|nd|rd|th|er|o)?\s(?:de\s|of\s)?)?"
        rf"(?<![a-z\u00c0-\u052f])(?P<name>(?:{names})\.?)(?![a-z])"
        rf"(?:\s(?P<after>\d{{1,2}})(?!\d|[:.,]\d)(?:st|nd|rd|th)?)?"
        rf"(?:(?:,|\sde|\sdel)?\s(?P<year>\d{{4}})(?!\d))?"
    )
    return Calendar(months, days, re.compile(pattern), _day_first(locales[0]), _hour(locales[0]))


def _name(name: str) -> str:
    return folded(name).rstrip(".")


def _locale(language: str) -> Locale | None:
    try:
        return Locale(language)
    except (UnknownLocaleError, ValueError):
        return None


def _day_first(locale: Locale) -> bool:
    pattern = str(locale.date_formats["short"].pattern)
    return pattern.lower().index("d") < pattern.upper().index("M")


def _hour(locale: Locale) -> str:
    """What stands behind an hour: Uhr, h, 時; "" where nothing does."""
    skeleton = cast(Any, locale).datetime_skeletons.get("H")  # its type has no keys
    return "" if skeleton is None else str(skeleton.pattern).replace("H", "").strip(" '")
