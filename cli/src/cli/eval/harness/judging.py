"""Is an answer right? By what it holds, not by how it says it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from contracts.conversation import Source

Verdict = Literal["right", "wrong", "abstained"]

BEYOND_SHORT: Final = 12
"""Words that a right answer may hold beside an accepted one: a label, a sentence around it."""
BEYOND_LONG: Final = 60
"""The same where whole sentences of documents are quoted: two, seldom three."""
SAME_RATIO: Final = 0.5
"""Token F1 (Rajpurkar et al., "SQuAD", 2016, section 6.1) from which two texts say the same."""
LEAST_QUOTE: Final = 4
"""Fewer words of an accepted sentence are no quote of it."""
TOKEN: Final = re.compile(
    r"\d+(?:[.,]\d+)*"  # a number as written
    r"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # one by one: no blanks between words
    r"|[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
NO_CENTS: Final = re.compile(r"(?<=\d)\.00(?!\d|[.,]\d)")
"""84.00 says what 84 says."""
GROUPED: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Said:
    """What a method made of a question."""

    text: str
    abstained: bool
    sources: tuple[Source, ...] = ()


class Judge(Protocol):
    """Knows what is right for one question."""

    def accepts(self, said: Said) -> bool:
        """Whether an answer that does not abstain is right."""
        ...


def judge(said: Said, by: Judge | None) -> Verdict:
    """`by` is None where the only right answer is none: there to abstain is right."""
    if by is None:
        return "right" if said.abstained else "wrong"
    if said.abstained:
        return "abstained"
    return "right" if by.accepts(said) else "wrong"


@dataclass(frozen=True)
class Accepted:
    """Right: holds an accepted answer and not much more, or says nearly the same."""

    answers: tuple[str, ...]

    def accepts(self, said: Said) -> bool:
        spoken = tokens(said.text)
        return any(
            (_within(tokens(one), spoken) and len(spoken) <= len(tokens(one)) + BEYOND_SHORT)
            or same(said.text, one) >= SAME_RATIO
            for one in self.answers
        )


@dataclass(frozen=True)
class Sentences:
    """Right: says nearly the same as an accepted sentence, or quotes a part of it."""

    answers: tuple[str, ...]

    def accepts(self, said: Said) -> bool:
        spoken = tokens(said.text)
        return any(
            same(said.text, one) >= SAME_RATIO
            or (len(spoken) >= LEAST_QUOTE and _within(spoken, tokens(one)))
            for one in self.answers
        )


@dataclass(frozen=True)
class Holds:
    """Right: of each group of strings one is there, none that is forbidden, and not too much.

    Attributes:
        accept: outer: all of them; inner: any.
    """

    accept: tuple[tuple[str, ...], ...]
    forbid: tuple[str, ...] = ()

    def accepts(self, said: Said) -> bool:
        spoken = tokens(said.text)
        longest = sum(max(len(tokens(one)) for one in group) for group in self.accept)
        return (
            all(any(_within(tokens(one), spoken) for one in group) for group in self.accept)
            and not any(_within(tokens(one), spoken) for one in self.forbid)
            and len(spoken) <= longest + BEYOND_LONG
        )


@dataclass(frozen=True)
class Spans:
    """Right: a source overlaps a place that answers.

    Attributes:
        gold: document, start, end.
    """

    gold: tuple[tuple[str, int, int], ...]

    def accepts(self, said: Said) -> bool:
        return any(
            source.kind == "passage"
            and source.document == document
            and start < source.end
            and source.start < end
            for source in said.sources
            for document, start, end in self.gold
        )


def tokens(text: str) -> list[str]:
    """Words and numbers: without case, accents, marks, and commas between thousands."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in folded if not unicodedata.combining(one))
    return TOKEN.findall(NO_CENTS.sub("", GROUPED.sub("", unicodedata.normalize("NFC", plain))))


def contains(whole: str, part: str) -> bool:
    """Whether the tokens of `part` stand together in `whole`; an empty part never does."""
    return _within(tokens(part), tokens(whole))


def same(one: str, other: str) -> float:
    """F1 of the tokens that two texts share, in [0, 1]."""
    left, right = tokens(one), tokens(other)
    shared = sum((Counter(left) & Counter(right)).values())
    return 2 * shared / (len(left) + len(right)) if shared else 0.0


def _within(part: Sequence[str], whole: Sequence[str]) -> bool:
    size = len(part)
    return size > 0 and any(
        list(whole[at : at + size]) == list(part) for at in range(len(whole) - size + 1)
    )
