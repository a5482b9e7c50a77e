"""How well a piece of evidence answers a question.

score = cos(unit, question) + 0.5 cos(passage, question) + 0.15 BM25 + 0.08 when the type fits:
the weights were chosen on 72 questions; how good the answers are, the service's README says.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from answering.english.answer_types import AnswerType, is_of_type
from answering.english.question import Question
from answering.extractive.passage_units import PassageUnit
from answering.extractive.screen_units import ScreenUnit, Unit
from answering.text.words import content

PASSAGE_WEIGHT: Final = 0.5
LEXICAL_WEIGHT: Final = 0.15
TYPE_BONUS: Final = 0.08
OLDER_FRAME_PENALTY: Final = 0.05
LONG_UNIT_PENALTY: Final = 0.02
ROW_KEY_BONUS: Final = 0.12
"""A row whose first cell is named in the question is the row that is asked for."""
PRONOUN_PENALTY: Final = 0.05
TITLE_PENALTY: Final = 0.06
"""Prose without an end is a title, a menu, a label."""
_PRONOUN: Final = re.compile(r"(?:it|they|this|these|he|she|its|their)\b", re.IGNORECASE)
_ENDED: Final = re.compile(r"[.!:;][\"'\u201d)\]]*$")
_K1: Final = 1.2
_B: Final = 0.5


@dataclass(frozen=True)
class Candidate:
    """A unit and how well it answers.

    Attributes:
        cosine: unit against question, [-1, 1].
        context: the passage, or the frame's best line, against the question.
        coverage: share of the question's subject found in the unit (with its heading), [0, 1];
            1 when the question has no subject.
        fits: the unit holds an answer of the type asked for.
        new: it says something that the question did not.
    """

    unit: Unit
    cosine: float
    context: float
    coverage: float
    fits: bool
    new: bool
    score: float


def lexical(question: Question, texts: Sequence[str]) -> list[float]:
    """BM25 of each text against the question's subject, scaled to [0, 1] by the best."""
    terms = question.subject
    documents = [Counter(content(text)) for text in texts]
    if not terms or not documents:
        return [0.0] * len(texts)
    mean = sum(sum(document.values()) for document in documents) / len(documents) or 1.0
    scores = [0.0] * len(texts)
    for term in terms:
        found = sum(term in document for document in documents)
        weight = math.log(1 + (len(documents) - found + 0.5) / (found + 0.5))
        for at, document in enumerate(documents):
            count = document[term]
            norm = count + _K1 * (1 - _B + _B * sum(document.values()) / mean)
            scores[at] += weight * count * (_K1 + 1) / norm
    best = max(scores)
    return [score / best for score in scores] if best > 0 else scores


def coverage(question: Question, text: str) -> float:
    """Share of the question's subject that the text names."""
    if not question.subject:
        return 1.0
    there = set(content(text))
    return sum(term in there for term in question.subject) / len(question.subject)


def score_all(
    question: Question,
    units: Sequence[Unit],
    cosines: Sequence[float],
    contexts: Sequence[float],
) -> list[Candidate]:
    """Every unit scored, best first; ties in the order given.

    Args:
        question: what was asked.
        units: of passages and frames.
        cosines: one per unit, to the question.
        contexts: one per unit: of its passage or frame, to the question.
    """
    if not units:
        return []
    texts = [unit.looked_for if isinstance(unit, PassageUnit) else unit.spoken for unit in units]
    found = [
        _candidate(question, unit, text, (cosine, context, words))
        for unit, text, cosine, context, words in zip(
            units, texts, cosines, contexts, lexical(question, texts), strict=True
        )
    ]
    return sorted(found, key=lambda candidate: -candidate.score)


def _candidate(
    question: Question, unit: Unit, text: str, scores: tuple[float, float, float]
) -> Candidate:
    cosine, context, words = scores
    fits = is_of_type(unit.spoken, question.answer_type)
    score = cosine + PASSAGE_WEIGHT * context + LEXICAL_WEIGHT * words
    if fits and question.answer_type is not AnswerType.ANYTHING:
        score += TYPE_BONUS
    if unit.key and set(content(unit.key)) <= set(content(question.text)):
        score += ROW_KEY_BONUS
    if _PRONOUN.match(unit.spoken):
        score -= PRONOUN_PENALTY
    if isinstance(unit, PassageUnit) and unit.kind == "sentence" and not _ENDED.search(unit.spoken):
        score -= TITLE_PENALTY
    if isinstance(unit, ScreenUnit):
        score -= OLDER_FRAME_PENALTY * unit.age + LONG_UNIT_PENALTY * (unit.lines - 1)
    new = not set(content(unit.spoken)) <= set(content(question.text))
    return Candidate(unit, cosine, context, coverage(question, text), fits, new, score)
