"""A question as it was probably said: its unknown words as those that documents and screen have."""

import re
from collections.abc import Set
from dataclasses import replace
from typing import Final

from answering.evidence import Evidence
from contracts.conversation import MAX_QUESTION_CHARS
from contracts.knowledge import TakenAs
from misheard.guessing import Guess, guesses, overlap
from misheard.vocabulary import Vocabulary, spots, words_of

SURE: Final = 0.85
"""Likeness from which on a word of the screen is taken: nothing else speaks for it there."""
MOST_UNKNOWN: Final = 12


def with_heard_words(text: str, unknown: Set[str], evidence: Evidence) -> Evidence:
    """The evidence, with all words of the question that are taken for others.

    What stands on the screen as it was heard, is that word. What neither documents nor screen
    hold and is very like a word of the screen, is taken for that one. `unknown` are the words of
    the question `text` that no document holds.
    """
    shown = _words_on_screen(evidence)
    kept = [one for one in evidence.taken_as if not _stands_in(one.heard, shown)]
    found: list[Guess] = []
    if 0 < len(unknown - shown) <= MOST_UNKNOWN:
        for guess in guesses(text, unknown - shown, Vocabulary(shown)):
            if guess.likeness >= SURE and not any(overlap(guess, one) for one in found):
                found.append(guess)
    kept += [TakenAs(heard=text[g.start : g.end], taken=g.taken) for g in sorted(found)]
    return replace(evidence, taken_as=tuple(kept))


def as_said(text: str, taken_as: tuple[TakenAs, ...]) -> str:
    """The question with what it was taken for in the place of what was heard."""
    for one in taken_as:
        heard = re.compile(rf"(?<!\w){re.escape(one.heard)}(?!\w)")
        text = heard.sub(lambda _, taken=one.taken: taken, text, count=1)
    return text[:MAX_QUESTION_CHARS]


def _words_on_screen(evidence: Evidence) -> set[str]:
    lines = evidence.frames[-1].lines if evidence.frames else ()
    return {word for line in lines for word in words_of(line.text)}


def _stands_in(heard: str, shown: Set[str]) -> bool:
    return all(spot.word in shown for spot in spots(heard))
