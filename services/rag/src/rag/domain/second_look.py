"""Whether a question finds clearly more with an unknown word taken for one that sounds like it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.knowledge import TakenAs
from misheard.guessing import Guess, overlap, replaced
from rag.domain.ranking import Hit

MOST_UNKNOWN: Final = 12
"""A question with more unknown words is about something else, or in another language."""
MOST_TRIED: Final = 6
"""Guesses tried: each is a search by words, 1 to 2 ms."""
LEAST_HELD_RATIO: Final = 0.3
"""Of the question's word weight, by the best passage with the guess."""
FAIR_RATIO: Final = 0.8
"""Of what the question's words bring on average, by the guessed one: a rare word brings more, a
common one that sounds like anything less."""
LEAST_MORE_RATIO: Final = 0.04
"""Of the question's word weight, at any length: all three were found on misheard questions
(docs/results/misheard.md)."""
CERTAIN: Final = 0.9
"""Likeness from which on a guess may be the only word that the best passage shares."""


@dataclass(frozen=True)
class AskedWords:
    """The words of a question, small, stop words aside.

    Attributes:
        words: how many.
        unknown: those that no document holds in any form.
    """

    words: int
    unknown: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """A question, with some of its words taken for others."""

    question: str
    taken: tuple[Guess, ...] = ()

    @property
    def text(self) -> str:
        return replaced(self.question, self.taken)

    @property
    def taken_as(self) -> tuple[TakenAs, ...]:
        """In the order of the question."""
        return tuple(
            TakenAs(heard=self.question[guess.start : guess.end], taken=guess.taken)
            for guess in sorted(self.taken)
        )

    def open_to(self, guess: Guess) -> bool:
        """Whether the words of the guess are still as they were heard."""
        return not any(overlap(guess, one) for one in self.taken)

    def with_guess(self, guess: Guess) -> "Reading":
        return Reading(self.question, (*self.taken, guess))


def finds_clearly_more(
    guess: Guess, words: int, before: Sequence[Hit], after: Sequence[Hit]
) -> bool:
    """Whether what is found with a guess (`after`) speaks for it; both best first.

    The best passage must hold clearly more of the question's `words` than any did before, and other
    ones than the guessed one (so it was found before), unless that is as good as the same.
    """
    if not after:
        return False
    best, most = after[0], before[0].score if before else 0.0
    clearly = max(LEAST_MORE_RATIO, FAIR_RATIO * best.score / max(1, words))
    supported = any(hit.passage_id == best.passage_id for hit in before)
    return (
        best.score >= LEAST_HELD_RATIO
        and best.score - most >= clearly
        and (supported or guess.likeness >= CERTAIN)
    )
