"""Words, codes and numbers of a text, as they are compared."""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final, Literal, NamedTuple

from icu4py.breakers import WordBreaker

from language.detection import language_of
from language.folding import folded, plain
from language.numbers import (
    CJK_NUMBER,
    FIGURES,
    cjk_number,
    conjunction,
    letters,
    number,
    number_begins,
    spelled,
)
from language.stems import HAN, stemmed, word_terms
from language.stopwords import stop_words

Kind = Literal["word", "number", "code"]

_LETTER: Final = r"A-Za-z\u00c0-\u024f\u0370-\u052f"
# Letters and figures in one, as PAY-4014 and 4F7A; a number with its unit (40mm) is none.
_SHAPED: Final = re.compile(
    rf"(?<![{_LETTER}0-9])(?:(?P<joined>[{_LETTER}][{_LETTER}0-9]*(?:[-_./#][{_LETTER}0-9]+)*"
    rf"|\d+[{_LETTER}]+\d[{_LETTER}0-9]*(?:[-_./#][{_LETTER}0-9]+)*)"
    rf"|(?P<figures>{FIGURES})|(?P<numerals>{CJK_NUMBER}{CJK_NUMBER}))"
)
_DIGIT: Final = re.compile(r"\d")
_CODE_PART: Final = re.compile(rf"\d+|[{_LETTER}]+")
_CODE_LETTERS: Final = re.compile(rf"[{_LETTER}]{{1,5}}")
_JOINED_DIGITS: Final = 5
"""10.415.23 and 400-555-0199 are one number to who says them; 2.3.1 and 9-14 are not."""

_HAS_LETTER: Final = re.compile(r"[^\W_]")
_CJK_NUMBER: Final = re.compile(CJK_NUMBER)
MOST_NUMBER_WORDS: Final = 8
MAX_TERM_CHARS: Final = 64
"""Longer ones are cut: they are no words, and an index has to hold them."""
_LAST_OF_ONE_UNIT: Final = "\uffff"
_BETWEEN: Final = frozenset((" ", "-", ""))


class Token(NamedTuple):
    """A word, code or number of a text.

    Attributes:
        start, end: characters into the text, the end exclusive.
        terms: what it is compared by; none for words that say nothing by themselves.
        code: of a number, what it is together with the short word before it, if that may be one
            code (pay 4,014: pay4014), which begins at `code_start`.
    """

    kind: Kind
    start: int
    end: int
    terms: tuple[str, ...]
    code: str | None = None
    code_start: int = 0


def terms(text: str, lang: str | None = None) -> list[str]:
    """What a text says, as terms to be compared with another text's.

    Case, width and accents are folded, words stemmed, stop words left out. Numbers have one form
    ("1348" for 1,348 and 1 348). Codes are whole and in parts (PAY-4014: pay4014, pay, 4014), also
    those said as two words. Chinese and Korean are cut into pairs of characters, so that a word is
    found inside a longer one.

    Args:
        text: any.
        lang: ISO 639-1; by default the one that the text looks like. Two texts are compared in the
            language of one of them: stems of two languages do not agree.
    """
    return [term[:MAX_TERM_CHARS] for token in tokens(text, lang) for term in token.terms]


def tokens(text: str, lang: str | None = None) -> list[Token]:
    """Words, codes and numbers in order, stop words included; see `terms`."""
    language = lang or language_of(text)
    flat = plain(text)
    return list(_with_said_codes(flat, _tokens(flat, language)))


def _tokens(flat: str, language: str) -> Iterator[Token]:
    at = 0
    for found in _SHAPED.finditer(flat):
        code, numerals = found["joined"], found["numerals"]
        if (code and not _DIGIT.search(code)) or numerals in stop_words(language):
            continue
        yield from _words(flat, at, found.start(), language)
        at = found.end()
        if code:
            yield Token("code", *found.span(), _code_terms(code, language))
        elif numerals:
            yield Token("number", *found.span(), (cjk_number(numerals),))
        else:
            yield Token("number", *found.span(), figure_terms(found["figures"], language))
    yield from _words(flat, at, len(flat), language)


def _code_terms(code: str, language: str) -> tuple[str, ...]:
    parts = [folded(part) for part in _CODE_PART.findall(code)]
    # A single letter tells nothing: F20 has no more to do with F201 than with any other.
    telling = [stemmed(part, language) for part in parts if part.isdecimal() or len(part) > 1]
    return tuple(dict.fromkeys(("".join(parts), *telling)))


def figure_terms(figures: str, language: str) -> tuple[str, ...]:
    """Of figures as `FIGURES` matches them."""
    known = number(figures, language)
    if known is not None:
        return (known,)
    groups = re.findall(r"\d+", figures)
    joined = "".join(groups)
    if ":" in figures or ("." in figures and len(joined) < _JOINED_DIGITS):
        return (figures,)
    parts = groups if "." not in figures and len(groups) > 1 else []
    return (joined, *parts) if len(joined) >= _JOINED_DIGITS or not parts else tuple(parts)


def _with_said_codes(flat: str, found: Iterable[Token]) -> Iterator[Token]:
    """A short word before a number may be a code's letters (pay 4,014): both are a term, too."""
    before: Token | None = None
    for token in found:
        if before is not None and _may_be_said_code(flat, before, token):
            code = folded(flat[before.start : before.end]) + token.terms[0]
            terms = (*token.terms, code)
            yield Token("number", token.start, token.end, terms, code, before.start)
        else:
            yield token
        before = token


def _may_be_said_code(flat: str, word: Token, figures: Token) -> bool:
    return (
        word.kind == "word"
        and figures.kind == "number"
        and flat[word.end : figures.start] == " "
        and figures.terms[0].isdecimal()
        and flat[figures.start].isdecimal()
        and _CODE_LETTERS.fullmatch(flat, word.start, word.end) is not None
        and (bool(word.terms) or flat[word.start : word.end].isupper())
    )


def _words(flat: str, start: int, end: int, language: str) -> Iterator[Token]:
    """Of a part of the text without codes and figures."""
    if not _HAS_LETTER.search(flat, start, end):
        return
    spans = [
        (start + first, start + last)
        for first, last in _segments(flat[start:end], language)
        if _HAS_LETTER.search(flat, start + first, start + last)
    ]
    begins = number_begins(language)
    at = 0
    while at < len(spans):
        word = flat[slice(*spans[at])]
        count, value = 1, None
        if letters(word) in begins:
            count, value = _number_words(flat, spans[at : at + MOST_NUMBER_WORDS], language)
        if value is None and HAN.match(word):
            count = _han_words(flat, spans, at, language)
        first, last = spans[at][0], spans[at + count - 1][1]
        at += count
        if value is None:
            yield _word(flat, first, last, language)
        else:
            yield Token("number", first, last, (value,))


def _segments(text: str, language: str) -> Iterable[tuple[int, int]]:
    """Between two boundaries of Unicode's text segmentation (UAX #29), with ICU's dictionaries."""
    segments = WordBreaker(text, language).segments()
    if text.isascii() or max(text) <= _LAST_OF_ONE_UNIT:
        return segments
    # ICU counts the units of UTF-16.
    units = accumulate((1 + (sign > _LAST_OF_ONE_UNIT) for sign in text), initial=0)
    place = {unit: at for at, unit in enumerate(units)}
    return ((place[first], place[last]) for first, last in segments)


def _number_words(flat: str, spans: list[tuple[int, int]], language: str) -> tuple[int, str | None]:
    """How many of the words are a number, the most there can be, and which; (1, None) if none."""
    known, join = spelled(language), conjunction(language)
    best: tuple[int, str | None] = (1, None)
    whole = short = ""
    for count, (start, end) in enumerate(spans, start=1):
        if count > 1 and flat[spans[count - 2][1] : start] not in _BETWEEN:
            break
        word = letters(flat[start:end])
        whole, short = whole + word, short + ("" if count > 1 and word == join else word)
        value = known.get(whole) or known.get(short)
        if value is not None:
            best = (count, value)
        elif best[1] is None or best[0] < count - 1:
            break
    return best


def _han_words(flat: str, spans: list[tuple[int, int]], at: int, language: str) -> int:
    """How many words from one on are Chinese characters with nothing between them; at least 1.

    A word that the dictionary lacks comes in single characters: they are put together again.
    """
    stop = stop_words(language)
    last = at
    while last < len(spans):
        word = flat[slice(*spans[last])]
        follows = last == at or spans[last - 1][1] == spans[last][0]
        if not (follows and HAN.fullmatch(word)) or word in stop or _CJK_NUMBER.fullmatch(word):
            break
        last += 1
    return max(1, last - at)


def _word(flat: str, start: int, end: int, language: str) -> Token:
    word = flat[start:end]
    if _CJK_NUMBER.fullmatch(word) and word not in stop_words(language):
        return Token("number", start, end, (cjk_number(word),))
    return Token("word", start, end, word_terms(word, language))
