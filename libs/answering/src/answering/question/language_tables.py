"""The closed-class words of each language, as `languages/*.toml` lists them."""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, cast

LANGUAGES: Final = ("en", "de", "fr", "es", "ja", "zh")
WITHOUT_BLANKS: Final = frozenset({"ja", "zh"})
MIN_FUNCTION_WORDS: Final = 0.3
"""Share of a question's words below which it is not taken for a language other than English."""
HEADLINE_WORDS: Final = 3
"""Up to so many plain Latin words may be headline English: "team plan price"."""


@dataclass(frozen=True)
class Language:
    """One language's phrases, normalised as `normal` does.

    Attributes:
        phrases: by section and name (`asks.person`, `points.now`); words of the top level by name.
        numbers: milliseconds of a unit (`units_ms`), and the value of a figure's word (`figures`).
        talk: what is said to a pleasantry, by the pleasantry.
    """

    code: str
    phrases: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, Mapping[str, int]]
    talk: Mapping[str, str]

    def has(self, text: str, name: str) -> bool:
        """Whether a normalised text holds one of the phrases."""
        return any(self.holds(text, phrase) for phrase in self.phrases.get(name, ()))

    def found(self, text: str, name: str) -> list[str]:
        """The phrases that a normalised text holds."""
        return [p for p in self.phrases.get(name, ()) if self.holds(text, p)]

    def holds(self, text: str, phrase: str) -> bool:
        if self.code in WITHOUT_BLANKS:
            return phrase in text
        return f" {phrase} " in f" {text} "

    def named(self, section: str) -> list[str]:
        """The names of a section that has phrases."""
        return [name.split(".")[1] for name in self.phrases if name.startswith(f"{section}.")]


def normal(text: str) -> str:
    """Lower case, one width, words a blank apart, nothing else but the apostrophe inside a word."""
    folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower()
    kept = "".join(c if c.isalnum() or c in "'%" else " " for c in folded)
    return " ".join(word.strip("'") for word in kept.split())


@lru_cache
def table_of(code: str) -> Language:
    raw: dict[str, Any] = tomllib.loads(
        (files("answering") / "question" / "languages" / f"{code}.toml").read_text("utf-8")
    )
    phrases: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, Mapping[str, int]] = {}
    talk: dict[str, str] = {}
    for name, value in raw.items():
        if name == "talk":
            talk = {normal(said): reply for reply, all_said in value.items() for said in all_said}
        elif isinstance(value, list):
            phrases[name] = _normalised(cast("list[str]", value), code)
        elif name in ("units_ms", "figures"):
            numbers[name] = {normal(word): number for word, number in value.items()}
        else:
            phrases |= {f"{name}.{key}": _normalised(some, code) for key, some in value.items()}
    return Language(code, phrases, numbers, talk)


def _normalised(phrases: Iterable[str], code: str) -> tuple[str, ...]:
    # Longest first, so that "how many days" is found before "how many".
    return tuple(sorted({for_language(phrase, code) for phrase in phrases}, key=len, reverse=True))


def for_language(text: str, code: str) -> str:
    """`normal`, and where the apostrophe only joins words, apart from it."""
    return normal(text) if code == "en" else normal(text.replace("\u2019", " ").replace("'", " "))


def language_of(text: str) -> Language | None:
    """Whose words the question is made of; None where no table knows enough of them."""
    if any("\u3040" <= c <= "\u30ff" for c in text):
        return table_of("ja")
    if any("\u4e00" <= c <= "\u9fff" for c in text):
        return table_of("zh")
    if any(c.isalpha() and ord(c) >= 0x0250 for c in text):  # noqa: PLR2004 - the end of Latin
        return None
    shares = {
        code: _share(text, table_of(code)) for code in LANGUAGES if code not in WITHOUT_BLANKS
    }
    best = max(shares, key=lambda code: shares[code])
    if best == "en" or shares[best] < MIN_FUNCTION_WORDS:
        short = text.isascii() and len(text.split()) <= HEADLINE_WORDS
        return table_of("en") if shares["en"] > 0 or short else None
    return table_of(best)


def _share(text: str, language: Language) -> float:
    words = for_language(text, language.code).split()
    known = set(language.phrases["function_words"]) | set(language.phrases["interrogatives"])
    return sum(word in known for word in words) / max(1, len(words))
