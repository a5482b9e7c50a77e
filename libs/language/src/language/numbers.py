"""One way to write a number."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from icu4py.messageformat import MessageFormat

from language.folding import folded

# 1 348 and 1'348, where the groups have three digits; else figures with signs between them.
GROUPED: Final = r"\d{1,3}(?:[ ']\d{3})+(?!\d)(?:[.,]\d+(?![.,]?\d))?"
FIGURES: Final = rf"{GROUPED}|\d+(?:[.,:/-]\d+)*"
GROUP_DIGITS: Final = 3
SPELLED: Final = (*range(2, 1_000), *range(1_000, 10_000, 100), *range(10_000, 100_001, 1_000))
"""Numbers that are told by their words; with all up to 100,000 a language would take 50 MB."""

_SEPARATORS: Final = re.compile(r"[.,]")
_CJK_DIGITS: Final = "〇零一二三四五六七八九两兩"
_CJK_SCALES: Final = "十百千万萬億亿"
CJK_NUMBER: Final = rf"[{_CJK_DIGITS}{_CJK_SCALES}]+"
_TEN_THOUSAND: Final = 10_000
_NOT_LETTERS: Final = re.compile(r"[\W\d_]+")


def number(figures: str, language: str | None = None) -> str | None:
    """A number's plain form, as "1348" or "0.5"; None for figures that are no number.

    Which of `.` and `,` parts groups is told by the shape; in "1.348" by the language, and where
    that is not known groups are parted.

    Args:
        figures: as `FIGURES` matches it, in plain width.
        language: ISO 639-1.
    """
    if figures.isdecimal():
        return None if figures.startswith("0") and len(figures) > 1 else figures
    joined = figures.replace(" ", "").replace("'", "")
    signs = _SEPARATORS.findall(joined)
    if joined.isdecimal():
        return joined
    if not signs or re.search(r"[^\d.,]", joined):
        return None
    decimal = _decimal_sign(joined, signs, language)
    whole, _, fraction = joined.rpartition(decimal) if decimal else (joined, "", "")
    if not _in_groups(whole):
        return None
    return _plain(_SEPARATORS.sub("", whole), fraction)


def _decimal_sign(joined: str, signs: list[str], language: str | None) -> str:
    """The sign before the fraction, "" if there is none."""
    last = signs[-1]
    if len(set(signs)) > 1:
        return last
    if len(signs) > 1:
        return ""
    head, _, tail = joined.partition(last)
    if len(tail) != GROUP_DIGITS or len(head) > GROUP_DIGITS or head.startswith("0"):
        return last
    return last if _decimal_of(language) == last else ""


def _in_groups(whole: str) -> bool:
    """Three digits after each sign, as everywhere, or two and three last, as in India."""
    head, *groups = _SEPARATORS.split(whole)
    if len(set(_SEPARATORS.findall(whole))) > 1 or (groups and len(head) > GROUP_DIGITS):
        return False
    lengths = [len(group) for group in groups]
    by_three = all(length == GROUP_DIGITS for length in lengths)
    return by_three or (lengths[-1] == GROUP_DIGITS and set(lengths[:-1]) == {2} and "," in whole)


def _plain(whole: str, fraction: str) -> str:
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


@lru_cache(maxsize=64)
def _decimal_of(language: str | None) -> str | None:
    try:
        symbols = Locale(language or "und").number_symbols
    except (UnknownLocaleError, ValueError):
        return None
    return str(symbols["latn"]["decimal"]) if language else None


@lru_cache(maxsize=8192)
def letters(words: str) -> str:
    """Words as `spelled` has them: folded, without what stands between them."""
    return _NOT_LETTERS.sub("", folded(words))


def spelled(language: str) -> dict[str, str]:
    """`SPELLED` numbers by their words in a language, see `letters`.

    One is left out: in most languages it is an article or a pronoun as well.
    """
    return _names(language)[0]


def number_begins(language: str) -> frozenset[str]:
    """First words of `spelled` numbers."""
    return _names(language)[1]


@lru_cache(maxsize=64)
def _names(language: str) -> tuple[dict[str, str], frozenset[str]]:
    form = MessageFormat("{n, spellout}", language)
    names = {str(value): form.format({"n": value}) for value in SPELLED}
    begins = {letters(name.replace("-", " ").split()[0]) for name in names.values()}
    return {letters(name): value for value, name in names.items()}, frozenset(begins)


@lru_cache(maxsize=64)
def conjunction(language: str) -> str:
    """The word of a language for "and", as it may stand inside a number."""
    try:
        pattern = Locale(language).list_patterns["standard"]["2"]
    except (UnknownLocaleError, ValueError):
        return ""
    return letters(str(pattern).replace("{0}", "").replace("{1}", ""))


def cjk_number(text: str) -> str:
    """The number of Chinese and Japanese numerals, as 十八.

    Args:
        text: as `CJK_NUMBER` matches it.
    """
    if not any(sign in _CJK_SCALES for sign in text):
        return "".join(str(_worth(sign)) for sign in text)
    total = section = 0
    digit: int | None = None
    for sign in text:
        worth = _worth(sign)
        if sign in _CJK_DIGITS:
            digit = worth if digit is None or digit == 0 else digit * 10 + worth
        elif worth < _TEN_THOUSAND:
            section += (1 if digit is None else digit) * worth
            digit = None
        else:
            total += (section + (digit or 0) or 1) * worth
            section, digit = 0, None
    return str(total + section + (digit or 0))


def _worth(sign: str) -> int:
    # 两 and 兩 are two before what is counted; Unicode gives them no number.
    return 2 if sign in "两兩" else int(unicodedata.numeric(sign))
