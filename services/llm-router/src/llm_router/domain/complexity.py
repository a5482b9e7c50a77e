"""How much a question asks of a model, from what is known before one is asked."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from llm_router.domain.evidence import Evidence
from llm_router.domain.question import Question, Wants, read_question
from llm_router.domain.words import content

MOST_OF_ONE: Final = 3
MOST: Final = 18
"""Six features, each 0 to 3."""

_SUBJECT_WORDS: Final = (4, 8, 14)
_ALIKE: Final = (0.30, 0.45, 0.60)
_SCREEN_LINES: Final = (0, 20, 60)
_JOINED: Final = re.compile(
    r"\?(?=.*\w)|\b(?:and|or|also|as well as|then|versus|vs|but)\b|;", re.IGNORECASE
)
_REASONED: Final = re.compile(
    r"\b(?:why|explain|compare[ds]?|comparison|differ\w*|better|best|worse|worth|should|would|"
    r"recommend\w*|suggest\w*|pros|trade-?offs?|summar\w+|analy\w+|evaluat\w+|impl(?:y|ies)|"
    r"impact|consequences?|design|plan for|strategy|instead|unless|if)\b",
    re.IGNORECASE,
)
_EXPLAINED: Final = re.compile(r"\bhow (?:do|does|did|can|could|to|is|are|would)\b", re.IGNORECASE)


def complexity_of(text: str, evidence: Evidence) -> int:
    """0 (small talk, a plain fact near at hand) to `MOST`; the same input always scores the same.

    The sum of six features, 0 to 3 each: how many words carry meaning, how many things are asked
    at once, whether a fact or a judgement is wanted, over how many documents the passages are
    spread, how far the nearest passage is from the question, and how much screen must be read.
    """
    question = read_question(text)
    if question.small_talk:
        return 0
    features = (
        bisect_left(_SUBJECT_WORDS, len(content(text))),
        len(_JOINED.findall(text)),
        _judgement(question),
        len({passage.document_id for passage in evidence.passages}) - 1,
        _distance(question, evidence),
        _screen(question, evidence),
    )
    return sum(max(0, min(MOST_OF_ONE, feature)) for feature in features)


def _judgement(question: Question) -> int:
    if _REASONED.search(question.text):
        return 3
    if question.wants is Wants.FIX or _EXPLAINED.search(question.text):
        return 2
    return int(question.wants is Wants.ANYTHING)


def _distance(question: Question, evidence: Evidence) -> int:
    """Of the nearest passage; 0 where the screen is what was asked about."""
    if not evidence.passages:
        return 0 if question.needs_screen and evidence.frames else MOST_OF_ONE
    known = [p.similarity for p in evidence.passages if p.similarity is not None]
    return MOST_OF_ONE - bisect_left(_ALIKE, max(known)) if known else 1


def _screen(question: Question, evidence: Evidence) -> int:
    if not (question.needs_screen and evidence.frames):
        return 0
    if question.past:
        return MOST_OF_ONE
    return bisect_left(_SCREEN_LINES, len(evidence.frames[-1].lines))
