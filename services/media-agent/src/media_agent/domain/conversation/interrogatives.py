"""Does a sentence ask, in languages without fitted weights: by its mark, or by a word that asks."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import dropwhile
from typing import Final

from media_agent.domain.conversation.words import words

_MARK: Final = re.compile(r"[?\uff1f\u061f\u037e]\W*$")
"""Latin, wide, Arabic and Greek (U+037E; Greek text has the semicolon as well)."""
_COMMA: Final = re.compile(r"[,\uff0c\u3001\u060c]")
MAX_TAG_WORDS: Final = 2
"""Behind the last comma: "…, oder?", "…, n'est-ce pas?" is no question of its own."""
MIN_LETTERS: Final = 3


@dataclass(frozen=True)
class Interrogatives:
    """Of one language; see interrogatives.toml."""

    words: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()
    leads: frozenset[str] = frozenset()
    anywhere: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()

    def ask(self, said: list[str]) -> bool:
        """Does a sentence of these words, in small letters, hold one in its place?"""
        text = "".join(said)
        if any(word in text for word in self.anywhere) or text.endswith(self.ends):
            return True
        begun = list(dropwhile(self.leads.__contains__, said))
        line = " ".join(begun) + " "
        return begun[:1] != [] and (
            begun[0] in self.words or any(line.startswith(f"{one} ") for one in self.phrases)
        )


def asks_by_sign(sentence: str, language: str) -> bool:
    """Never for less than `MIN_LETTERS` letters: "Ja?", "嗯?"."""
    said = words(sentence)
    if sum(map(len, said)) < MIN_LETTERS:
        return False
    table = _tables().get(language, Interrogatives())
    return table.ask(said) or is_marked(sentence)


def is_marked(sentence: str) -> bool:
    """Whether a question mark is of the whole sentence, and not of a tag."""
    return bool(_MARK.search(sentence)) and not _is_tag(sentence)


def _is_tag(sentence: str) -> bool:
    tail = _COMMA.split(sentence)[-1]
    return len(words(tail)) <= MAX_TAG_WORDS and len(tail) < MAX_TAG_LETTERS


MAX_TAG_LETTERS: Final = 20
"""Where no spaces stand between words, a whole question is one."""


@cache
def _tables() -> dict[str, Interrogatives]:
    path = files("media_agent.domain.conversation") / "interrogatives.toml"
    return {
        language: Interrogatives(
            frozenset(row.get("words", ())),
            tuple(row.get("phrases", ())),
            frozenset(row.get("leads", ())),
            tuple(row.get("anywhere", ())),
            tuple(row.get("ends", ())),
        )
        for language, row in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }
