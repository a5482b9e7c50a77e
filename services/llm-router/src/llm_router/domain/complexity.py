"""How much a question asks of a model, from what is known before one is asked."""

from bisect import bisect_left
from typing import Final

from answering.evidence import Evidence
from llm_router.domain.question_needs import QuestionNeeds

MOST_OF_ONE: Final = 3
MOST: Final = 18
"""Six features, each 0 to 3."""

_SUBJECT_WORDS: Final = (4, 8, 14)
_ALIKE: Final = (0.30, 0.45, 0.60)
_SCREEN_LINES: Final = (0, 20, 60)


def complexity_of(needs: QuestionNeeds, evidence: Evidence) -> int:
    """0 (small talk, a plain fact near at hand) to `MOST`; the same input always scores the same.

    The sum of six features, 0 to 3 each: how many words carry meaning, how many things are asked
    at once, whether a fact or a judgement is wanted, over how many documents the passages are
    spread, how far the nearest passage is from the question, and how much screen must be read.
    """
    if needs.is_small_talk:
        return 0
    features = (
        bisect_left(_SUBJECT_WORDS, needs.subject_words),
        needs.more_things,
        needs.judgement,
        len({passage.document_id for passage in evidence.passages}) - 1,
        _distance(needs, evidence),
        _screen(needs, evidence),
    )
    return sum(max(0, min(MOST_OF_ONE, feature)) for feature in features)


def _distance(needs: QuestionNeeds, evidence: Evidence) -> int:
    """Of the nearest passage; 0 where the screen is what was asked about."""
    if not evidence.passages:
        return 0 if needs.may_be_about_screen and evidence.frames else MOST_OF_ONE
    known = [p.similarity for p in evidence.passages if p.similarity is not None]
    return MOST_OF_ONE - bisect_left(_ALIKE, max(known)) if known else 1


def _screen(needs: QuestionNeeds, evidence: Evidence) -> int:
    if not (needs.may_be_about_screen and evidence.frames):
        return 0
    if needs.about_earlier_screen:
        return MOST_OF_ONE
    return bisect_left(_SCREEN_LINES, len(evidence.frames[-1].lines))
