"""What may have been said where a text holds words that nobody knows."""

from collections.abc import Sequence, Set
from typing import Final, NamedTuple

from misheard.vocabulary import LEAST_LETTERS, MOST_LETTERS, Spot, Vocabulary, spots

LEAST_LIKENESS: Final = 0.78
"""Less alike is more often wrong than right (docs/results/misheard.md)."""
ALTERNATIVES: Final = 3
"""Words tried for one that was heard."""
LEAST_OF_TWO: Final = 4
"""Letters of each word of two that were written as one: any word ends in some shorter one."""


class Guess(NamedTuple):
    """`text[start:end]` may have been `taken`; `likeness` in [0, 1]."""

    start: int
    end: int
    taken: str
    likeness: float


def guesses(text: str, unknown: Set[str], vocabulary: Vocabulary) -> list[Guess]:
    """Of unknown words, and of two that stand side by side, one of them unknown; likeliest first.

    Args:
        text: as it was heard or typed.
        unknown: its words, small, that the vocabulary does not hold in any form, and that are no
            stop words.
        vocabulary: what may have been said.
    """
    words = spots(text)
    found: list[Guess] = []
    for at, word in enumerate(words):
        if word.word in unknown:
            found += _alike(word, vocabulary)
            found += _apart(word, vocabulary)
        pair = words[at : at + 2]
        if len(pair) > 1 and any(one.word in unknown for one in pair):
            found += _alike(_joined(*pair), vocabulary)
    return sorted(found, key=lambda guess: (-guess.likeness, guess.start, guess.taken))


def _joined(first: Spot, second: Spot) -> Spot:
    words, bare = first.word + second.word, first.letters + second.letters
    return Spot(first.start, second.end, words, bare)


def _alike(word: Spot, vocabulary: Vocabulary) -> list[Guess]:
    if not LEAST_LETTERS <= len(word.letters) <= MOST_LETTERS:
        return []
    near = vocabulary.nearest(word.letters, at_least=LEAST_LIKENESS, limit=ALTERNATIVES)
    return [Guess(word.start, word.end, one.word, one.likeness) for one in near]


def _apart(word: Spot, vocabulary: Vocabulary) -> list[Guess]:
    """As two words of the vocabulary that were written as one."""
    if len(word.letters) > MOST_LETTERS:
        return []
    halves = (
        (vocabulary.word(word.letters[:at]), vocabulary.word(word.letters[at:]))
        for at in range(LEAST_OF_TWO, len(word.letters) - LEAST_OF_TWO + 1)
    )
    return [
        Guess(word.start, word.end, f"{left} {right}", 1.0)
        for left, right in halves
        if left and right
    ]


def overlap(one: Guess, other: Guess) -> bool:
    """Whether two guesses are about the same words."""
    return one.start < other.end and other.start < one.end


def replaced(text: str, taken: Sequence[Guess]) -> str:
    """The text with each guess in the place of what was heard; none may overlap."""
    for guess in sorted(taken, reverse=True):
        text = text[: guess.start] + guess.taken + text[guess.end :]
    return text
