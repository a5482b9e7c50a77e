"""The words that somebody may have said, found by their sound."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import jellyfish

LEAST_LETTERS: Final = 3
"""Shorter words sound like too many others."""
MOST_LETTERS: Final = 30
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001 - as people type it
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_SOUNDS: Final = "ABEFHIJKLMNOPRSTUWXY0"
"""The letters of a Metaphone code; "0" is the sound of "th"."""


class Spot(NamedTuple):
    """A word and where it stands.

    Attributes:
        start, end: `text[start:end]`, as it is written.
        word: small.
        letters: its bare a to z.
    """

    start: int
    end: int
    word: str
    letters: str


class Neighbour(NamedTuple):
    """A word of a vocabulary, and how much what was heard is like it, in [0, 1]."""

    word: str
    likeness: float


def spots(text: str) -> list[Spot]:
    """The words of a text in their order; none of a script without the letters a to z."""
    found = [
        Spot(match.start(), match.end(), match[0].lower(), letters(match[0]))
        for match in _WORD.finditer(text)
    ]
    return [spot for spot in found if spot.letters]


def words_of(text: str) -> set[str]:
    """The words of a text, small, as a `Vocabulary` takes them."""
    found = _LETTERS.findall(text.lower())
    return {word for word in found if LEAST_LETTERS <= len(word) <= MOST_LETTERS}


def letters(word: str) -> str:
    """A word by its letters a to z: small, without accents and apostrophes."""
    small = word.lower()
    plain = small if small.isascii() else unicodedata.normalize("NFKD", small)
    return "".join(letter for letter in plain if "a" <= letter <= "z")


def likeness(heard: str, word: str) -> float:
    """Of two words by sound and spelling, half each; 1 for the same, in [0, 1]."""
    return (_nearness(sound(heard), sound(word)) + _nearness(heard, word)) / 2


@lru_cache(maxsize=4_096)
def sound(word: str) -> str:
    """Its Metaphone code: consonants by how they are spoken, vowels at the beginning alone."""
    return jellyfish.metaphone(word)


def _nearness(one: str, other: str) -> float:
    longer = max(len(one), len(other))
    edits = jellyfish.damerau_levenshtein_distance(one, other)
    return 1.0 - edits / longer if longer else 1.0


class Vocabulary:
    """Words by their sound. Looking one up costs the same however many there are."""

    def __init__(self, words: Iterable[str]) -> None:
        """`words`: as they are written; too short and too long ones are left out."""
        self._by_sound: dict[str, list[str]] = {}
        self._words: dict[str, str] = {}
        for word in sorted(words):
            bare = letters(word)
            if LEAST_LETTERS <= len(bare) <= MOST_LETTERS and bare not in self._words:
                self._words[bare] = word
                self._by_sound.setdefault(jellyfish.metaphone(bare), []).append(bare)

    def __len__(self) -> int:
        return len(self._words)

    def word(self, bare: str) -> str | None:
        """The word with these `letters`, as it is written."""
        return self._words.get(bare)

    def nearest(self, heard: str, *, at_least: float, limit: int) -> list[Neighbour]:
        """Words that sound like these `letters`, or one sound away, most alike first."""
        near = {bare for code in _one_away(sound(heard)) for bare in self._by_sound.get(code, ())}
        alike = ((likeness(heard, bare), bare) for bare in near)
        best = sorted((-ratio, bare) for ratio, bare in alike if ratio >= at_least)
        return [Neighbour(self._words[bare], -ratio) for ratio, bare in best[:limit]]


def _one_away(code: str) -> set[str]:
    """The code, and those with one sound dropped, added, swapped or changed (Norvig, 2007)."""
    return {code, *_edited(code)}


def _edited(code: str) -> Iterator[str]:
    for at in range(len(code) + 1):
        before, after = code[:at], code[at:]
        yield from (before + one + after for one in _SOUNDS)
        if after:
            yield before + after[1:]
            yield from (before + one + after[1:] for one in _SOUNDS)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
