"""What a question asks for, from its closed-class words alone. Needs no punctuation."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Final

from answering.question.language_tables import (
    WITHOUT_BLANKS,
    Language,
    for_language,
    language_of,
    normal,
)
from language.detection import likeliest_language
from language.values import values_in
from language.words import Token, terms, tokens

MAX_TALK_WORDS: Final = 12
TYPE_WORD_WEIGHT: Final = 0.35
"""A word such as "price" names the type of the answer; a label may say it otherwise."""
FIGURES: Final = frozenset({"number", "code", "version", "money", "percent"})
QUESTION_MARKS: Final = "?\uff1f"
POINTING: Final = (
    "screen",
    "documents",
    "now",
    "before",
    "first",
    "ago",
    "came_first",
    "after",
    "fix",
    "back",
    "other",
)


class When(StrEnum):
    """Of which time a question about the screen is."""

    NOW = "now"
    BEFORE = "before"
    FIRST = "first"
    AGO = "ago"
    LAST = "last"
    AFTER = "after"
    CAME_FIRST = "came_first"


@dataclass(frozen=True)
class Reading:
    """A question, read.

    Attributes:
        lang: ISO 639-1 code by which its words are compared.
        language: whose closed-class words it is made of; None: no table knows them.
        kinds: of value that answer (`language.values`, and "person"); empty: anything does.
        weights: how much each content term counts, (0, 1], in the question's order.
        figures: numbers and codes it names, as `language.values` writes them.
        names: words with a capital inside the sentence.
        when: of which time; None: it does not say.
        ago_ms: how long ago, with `When.AGO`.
        screen, documents: it points at what is shown, at what the documents say.
        maybe_screen: it says "now" or "here": the screen is asked first.
        error, fix: it is about an error; it asks what to do about one.
        many: it may ask for several things.
        back, other: it points at what was spoken of before, or at another one of it.
        past_tense: it speaks of what was.
        talk: the reply to a pleasantry; None for a real question.
        counted: the term right behind "how many", which is counted; "" where nothing is.
        carried: terms that only the turn before said, of a question without a word of its own.
    """

    text: str
    lang: str
    language: str | None
    kinds: frozenset[str]
    weights: dict[str, float]
    figures: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    when: When | None = None
    ago_ms: int | None = None
    screen: bool = False
    documents: bool = False
    maybe_screen: bool = False
    whole_screen: bool = False
    error: bool = False
    fix: bool = False
    many: bool = False
    negated: bool = False
    back: bool = False
    other: bool = False
    judgement: int = 1
    more_things: int = 0
    past_tense: bool = False
    talk: str | None = None
    counted: str = ""
    carried: frozenset[str] = frozenset()

    @property
    def needs_screen(self) -> bool:
        """Whether its frame's description is worth waiting for."""
        pointed = self.screen or self.maybe_screen or self.is_past or (self.fix and self.error)
        return pointed and not self.documents

    @property
    def is_past(self) -> bool:
        return self.when in (When.BEFORE, When.FIRST, When.AGO)

    @property
    def core(self) -> tuple[str, ...]:
        """The terms that do not only name the type of the answer."""
        return tuple(term for term, weight in self.weights.items() if weight == 1)


@lru_cache(maxsize=256)
def read_question(text: str) -> Reading:
    """Read a question; the same text always reads the same."""
    language = language_of(text)
    figures = tuple(_figures(text, language.code if language else None))
    if language is None:
        lang = likeliest_language(text)
        weights = dict.fromkeys(terms(text, lang), 1.0)
        return Reading(text, lang, None, frozenset(), weights, figures, _names(text))
    plain = for_language(text, language.code)
    core = _without_opening(plain, language)
    when, ago_ms, said_ago = _when(core, language)
    documents = language.has(core, "points.documents")
    screen = language.has(core, "points.screen")
    error = language.has(core, "points.error")
    fix = language.has(core, "points.fix")
    kinds = _kinds(text, core, language)
    return Reading(
        text=text,
        lang=language.code,
        language=language.code,
        kinds=kinds,
        weights=dict(_weights(core, language, said_ago)),
        figures=tuple(figure for figure in figures if figure not in said_ago.split()),
        names=() if language.code == "de" else _names(text),
        when=when,
        ago_ms=ago_ms,
        screen=screen and not (documents and not language.has(core, "points.now")),
        documents=documents and not language.has(core, "points.whole"),
        maybe_screen=when in (When.NOW, When.LAST),
        whole_screen=_is_whole(core, language),
        error=error,
        fix=fix,
        many=language.has(core, "points.many"),
        negated=language.has(core, "not"),
        back=language.has(core, "points.back") or _opens_with_and(plain, language),
        other=language.has(core, "points.other"),
        judgement=_judgement(core, kinds, language, fix=fix, error=error),
        more_things=_more_things(core, text, language),
        past_tense=language.has(core, "points.past_verb"),
        talk=_talk(plain, language),
        counted=_counted(core, kinds, language),
    )


def _counted(core: str, kinds: Collection[str], language: Language) -> str:
    if "number" not in kinds or language.code in WITHOUT_BLANKS:
        return ""
    for phrase in language.found(core, "asks.number"):
        after = f" {core} ".partition(f" {phrase} ")[2].split()
        if after and after[0] not in language.phrases["function_words"]:
            return next(iter(terms(after[0], language.code)), "")
    return ""


def _kinds(text: str, core: str, language: Language) -> frozenset[str]:
    """What kinds of value are asked for; not that of a value that the question itself names."""
    said = [one for one in values_in(text, language.code) if one.kind in FIGURES]
    spans = [(start, one.end) for one, start in _said_codes(text, language.code)]
    spans += [(one.start, one.end) for one in said]
    for start, end in spans:
        core = core.replace(for_language(text[start:end], language.code), " ")
    core = " ".join(core.split())
    named = {value.kind for value in said}
    asked = (kind for kind in language.named("asks") if _is_asked(core, kind, language))
    return frozenset(kind for kind in asked if kind not in named)


def _is_asked(core: str, kind: str, language: Language) -> bool:
    """Of several words such as "who" and "when" the first asks; a later one opens a clause."""
    words = f" {core} "
    interrogatives = language.phrases["interrogatives"]
    first = min((at for word in interrogatives if (at := words.find(f" {word} ")) >= 0), default=0)
    return any(
        phrase.split()[0] not in interrogatives or words.find(f" {phrase} ") <= first
        for phrase in language.found(core, f"asks.{kind}")
    )


def _without_opening(plain: str, language: Language) -> str:
    """What comes after words such as "so, now", which open and point at nothing."""
    words, fillers = plain.split(), set(language.phrases.get("opening", ()))
    while len(words) > 1 and words[0] in fillers:
        words.pop(0)
    return " ".join(words)


def _opens_with_and(plain: str, language: Language) -> bool:
    return any(plain.startswith(f"{word} ") for word in language.phrases["and"])


def _when(core: str, language: Language) -> tuple[When | None, int | None, str]:
    """Of which time, how long ago, and the words that said how long ago."""
    ago_ms, said = _ago(core, language)
    if ago_ms is not None:
        return When.AGO, ago_ms, said
    past = language.has(core, "points.past_verb")
    for when, name in (
        (When.FIRST, "first"),
        (When.BEFORE, "before"),
        (When.CAME_FIRST, "came_first"),
        (When.AFTER, "after"),
    ):
        if past and language.has(core, f"points.{name}"):
            return when, None, ""
    for when, name in ((When.LAST, "last"), (When.NOW, "now")):
        if language.has(core, f"points.{name}"):
            return when, None, ""
    return None, None, ""


def _ago(core: str, language: Language) -> tuple[int | None, str]:
    if not language.has(core, "points.ago"):
        return None, ""
    units, figures = language.numbers["units_ms"], language.numbers["figures"]
    words = core.split()
    for figure, unit in pairwise(words):
        number = int(figure) if figure.isdecimal() else figures.get(figure)
        if number is not None and unit in units:
            return number * units[unit], f"{figure} {unit}"
    return None, ""


def _weights(core: str, language: Language, said_ago: str) -> Iterator[tuple[str, float]]:
    pointing = _terms_found(core, language, (f"points.{name}" for name in POINTING))
    pointing |= set(terms(said_ago, language.code))
    asking = (f"asks.{kind}" for kind in language.named("asks"))
    types = _terms_found(core, language, (*asking, "empty", "points.error"))
    for term in dict.fromkeys(terms(_apart(core, language), language.code)):
        if term not in pointing:
            yield term, TYPE_WORD_WEIGHT if term in types else 1.0


def _terms_found(core: str, language: Language, names: Iterable[str]) -> set[str]:
    """The terms of all phrases of these names that the question holds."""
    return {
        term
        for name in names
        for phrase in language.found(core, name)
        for term in terms(phrase, language.code)
    }


def _is_whole(core: str, language: Language) -> bool:
    return any(
        core == phrase or (language.holds(core, phrase) and len(core) < len(phrase) + 12)
        for phrase in language.found(core, "points.whole")
    )


def _apart(core: str, language: Language) -> str:
    """Without blanks between words, what is asked by stands apart from what it is asked of."""
    if language.code not in WITHOUT_BLANKS:
        return core
    for kind in language.named("asks"):
        for phrase in language.found(core, f"asks.{kind}"):
            core = core.replace(phrase, f" {phrase} ")
    return core


def _more_things(core: str, text: str, language: Language) -> int:
    joined = sum(f" {core} ".count(f" {word} ") for word in language.phrases["and"])
    return joined + sum(text.rstrip(QUESTION_MARKS).count(mark) for mark in QUESTION_MARKS)


def _judgement(
    core: str, kinds: Iterable[str], language: Language, *, fix: bool, error: bool
) -> int:
    if language.has(core, "reasons.judgement"):
        return 3
    if fix or language.has(core, "reasons.way"):
        return 2
    return int(not kinds and not error)


def _talk(plain: str, language: Language) -> str | None:
    words = [word for word in plain.split() if word != "parley"]
    return language.talk.get(" ".join(words)) if len(words) <= MAX_TALK_WORDS else None


def _figures(text: str, lang: str | None) -> Iterator[str]:
    """Numbers and codes; a code said in two words ("pay 4,013") keeps its blank."""
    codes = {one.end: text[start : one.end] for one, start in _said_codes(text, lang)}
    for value in values_in(text, lang):
        if value.kind in FIGURES and any(c.isdigit() for c in text[value.start : value.end]):
            said = text[value.start : value.end]
            spaced = value.kind == "code" and " " in said
            yield codes.get(value.end) or (said if spaced else value.canonical)


def _said_codes(text: str, lang: str | None) -> Iterator[tuple[Token, int]]:
    """Numbers that a short word before them may make a code of, and where that begins."""
    for token in tokens(text, lang):
        if token.kind == "number" and token.code is not None:
            yield token, token.code_start


def _bare_name(word: str) -> str:
    """Without signs around it, and without the ending of what belongs to it ("Edith's")."""
    bare = word.replace("\u2019", "'").strip(".,;:!?\"'()")
    return bare.removesuffix("'s")


def _names(text: str) -> tuple[str, ...]:
    """Of a question that is written in capitals throughout, none."""
    words = text.split()
    later = [_bare_name(word) for before, word in pairwise(words) if before[-1:] not in ".!?:"]
    capital = [word for word in later if word[:1].isupper()]
    if len(capital) > 0.6 * max(1, len(later)) and len(later) > 3:  # noqa: PLR2004 - a headline
        return ()
    return tuple(dict.fromkeys(word for word in capital if terms(word) and normal(word) != "i"))
