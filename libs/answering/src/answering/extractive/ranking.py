"""The offline answerer: chooses sentences of the evidence by meaning, cites them, or abstains.

It quotes, so it cannot invent. Pure: what two texts have in common in meaning is given to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from answering.english.answer_types import AnswerType
from answering.english.question import Question, read_question
from answering.evidence import Evidence
from answering.extractive.answer_selection import error_shown
from answering.extractive.extracted import Extracted, Ranked
from answering.extractive.extraction import extract
from answering.extractive.passage_units import PassageUnit, passage_units
from answering.extractive.scoring import Candidate, lexical, score_all
from answering.extractive.screen_units import ScreenUnit, Unit, screen_units

MAX_UNITS: Final = 32
"""Of passages, and of frames: about 0.2 s of embedding on one core; the rest is cut by words."""
TEXT_CHARS: Final = 1_000

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Cosines in [-1, 1] of a text to each of the others, in their order; never given none."""


def answer(similarity: Similarity, text: str, evidence: Evidence) -> Extracted:
    """Question and evidence in, answer out."""
    return extract(rank(similarity, text, evidence))


def rank(similarity: Similarity, text: str, evidence: Evidence) -> Ranked:
    """The pieces of the evidence, by how well they answer; none for small talk."""
    question = read_question(text)
    if question.small_talk:
        return Ranked(question, evidence, (), ())
    passages = shortlist(question, _passage_units(evidence))
    shown = [] if question.documents else shortlist(question, distinct(_screen_units(evidence)))
    meaning = _Meaning(similarity, question.text)
    screen = meaning.score(question, shown, evidence)
    scored = meaning.score(question, passages, evidence)
    ranked = Ranked(question, evidence, scored, screen)
    error = error_shown(screen) if question.answer_type is AnswerType.FIX else None
    if error is None:
        return ranked
    about = _Meaning(similarity, f"{question.text} {error.unit.spoken}", is_the_turns=False)
    fixes = about.score(read_question(error.unit.spoken), passages, evidence)
    return replace(ranked, fixes=fixes)


def shortlist(question: Question, units: Sequence[Unit]) -> list[Unit]:
    """At most `MAX_UNITS`: by shared words, then the newest frame's; the order given is kept."""
    if len(units) <= MAX_UNITS:
        return list(units)
    words = lexical(question, [_text_of(unit) for unit in units])
    ages = [unit.age if isinstance(unit, ScreenUnit) else 0 for unit in units]
    best = sorted(range(len(units)), key=lambda at: (-words[at], ages[at]))[:MAX_UNITS]
    return [units[at] for at in sorted(best)]


def distinct(units: Sequence[Unit]) -> list[Unit]:
    """What several frames show counts for the newest one."""
    by_text: dict[str, Unit] = {}
    for unit in units:
        by_text.pop(_text_of(unit), None)
        by_text[_text_of(unit)] = unit
    return list(by_text.values())


def _passage_units(evidence: Evidence) -> list[Unit]:
    return [
        unit
        for index, passage in enumerate(evidence.passages)
        for unit in passage_units(index, passage)
    ]


def _screen_units(evidence: Evidence) -> list[Unit]:
    newest = len(evidence.frames) - 1
    return [
        unit
        for at, frame in enumerate(evidence.frames)
        for unit in screen_units(frame, newest - at)
    ]


class _Meaning:
    """Cosines to one text: the turn's question, or that with the error it points at."""

    def __init__(self, similarity: Similarity, text: str, *, is_the_turns: bool = True) -> None:
        self._similarity = similarity
        self._text = text[:TEXT_CHARS]
        self._is_the_turns = is_the_turns

    def score(
        self, question: Question, units: Sequence[Unit], evidence: Evidence
    ) -> list[Candidate]:
        if not units:
            return []
        of_units = self._cosines([_text_of(unit)[:TEXT_CHARS] for unit in units])
        of_frames: dict[int, float] = {}
        for unit, cosine in zip(units, of_units, strict=True):
            if isinstance(unit, ScreenUnit):
                of_frames[unit.age] = max(cosine, of_frames.get(unit.age, -1.0))
        of_passages = self._of_passages(evidence)
        contexts = [
            of_passages[unit.passage] if isinstance(unit, PassageUnit) else of_frames[unit.age]
            for unit in units
        ]
        return score_all(question, units, of_units, contexts)

    def _of_passages(self, evidence: Evidence) -> list[float]:
        """As rag computed it, where it did, with the same model."""
        known = [p.similarity if self._is_the_turns else None for p in evidence.passages]
        missing = [at for at, similarity in enumerate(known) if similarity is None]
        found = self._cosines([_passage_text(evidence, at) for at in missing])
        computed = dict(zip(missing, found, strict=True))
        return [computed[at] if value is None else value for at, value in enumerate(known)]

    def _cosines(self, texts: Sequence[str]) -> Sequence[float]:
        return self._similarity(self._text, texts) if texts else []


def _text_of(unit: Unit) -> str:
    return unit.looked_for if isinstance(unit, PassageUnit) else unit.spoken


def _passage_text(evidence: Evidence, index: int) -> str:
    passage = evidence.passages[index]
    return f"{passage.heading}\n{passage.text}"[:TEXT_CHARS]
