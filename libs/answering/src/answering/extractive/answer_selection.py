"""Which unit of the evidence answers, if any does."""

from collections.abc import Sequence
from typing import Final

from answering.english.answer_types import AnswerType, error_strength, is_strict
from answering.english.question import AboutScreen, Question
from answering.extractive.extracted import Ranked
from answering.extractive.passage_units import PassageUnit
from answering.extractive.scoring import Candidate, coverage
from answering.extractive.screen_units import ScreenUnit
from answering.text.error_codes import codes_named, mentions_code
from answering.text.words import content, numbers

# 0.53: on 149 public questions (tests/evals/answers.py)
# 0.93 of the right answers stay (0.96 at 0.45), and near misses are quoted less often (0.7 of
# them, 0.9 at 0.45: most are passages of the same page that answer in part).
MIN_PASSAGE_COSINE: Final = 0.35
MIN_SUPPORT: Final = 0.53
MIN_SCREEN_COSINE: Final = 0.45
MIN_SCREEN_COVERAGE: Final = 0.5
MIN_FRAME_COVERAGE: Final = 0.75
PLAIN_ERROR: Final = 2


def support_of(candidate: Candidate) -> float:
    """How sure that a passage unit answers, [0, 1]: meaning first, then the subject's words."""
    meaning = max(candidate.cosine, candidate.context)
    return max(0.0, min(1.0, 0.75 * meaning + 0.35 * candidate.coverage))


def error_shown(screen: Sequence[Candidate]) -> Candidate | None:
    """The error text that is on the screen: newest frame first, then the plainest error."""
    errors = [found for found in screen if isinstance(found.unit, ScreenUnit) and _is_error(found)]
    if not errors:
        return None
    return max(errors, key=_error_rank)


def _is_error(found: Candidate) -> bool:
    return error_strength(found.unit.spoken) >= PLAIN_ERROR


def _error_rank(found: Candidate) -> tuple[float, ...]:
    assert isinstance(found.unit, ScreenUnit)
    strength = error_strength(found.unit.spoken)
    return (-found.unit.age, strength, found.score)


def answering_passage(ranked: Ranked) -> Candidate | None:
    question = ranked.question
    codes = codes_named(question.text)
    candidates = [found for found in ranked.passages if found.new]
    if codes:
        named = [found for found in candidates if _names(found, codes)]
        if named:
            return named[0]
    if _names_a_stranger(ranked):
        return None
    for found in candidates[:3]:
        good = (
            max(found.context, found.cosine) >= MIN_PASSAGE_COSINE
            and support_of(found) >= MIN_SUPPORT
        )
        if good and (found.fits or not is_strict(question.answer_type)):
            return found
    return None


def _names_a_stranger(ranked: Ranked) -> bool:
    """Whether a value is asked of something that no evidence knows by name.

    Of the Enterprise plan, where only Team and Business are known: the nearest plan's price would
    be a wrong answer.
    """
    if not is_strict(ranked.question.answer_type):
        return False
    passages = ranked.evidence.passages
    known = {
        word for p in passages for word in content(f"{p.document} {p.heading} {p.header} {p.text}")
    }
    return any(not set(content(name)) & known for name in ranked.question.names)


def _names(found: Candidate, codes: tuple[str, ...]) -> bool:
    assert isinstance(found.unit, PassageUnit)
    return any(mentions_code(found.unit.looked_for, code) for code in codes)


def answering_screen(ranked: Ranked) -> Candidate | None:
    question = ranked.question
    if not ranked.screen:
        return None
    named = question.about_screen is AboutScreen.YES
    if question.answer_type is AnswerType.ERROR and named:
        return error_shown(ranked.screen)
    candidates = [
        found
        for found in ranked.screen
        if found.new
        and (found.fits or not is_strict(question.answer_type))
        and (not question.past or _is_gone(found, ranked))
    ]
    if named and not question.subject and question.answer_type is AnswerType.ANYTHING:
        return candidates[0] if candidates else None
    return next((found for found in candidates if _is_shown(found, question, named)), None)


def _is_shown(found: Candidate, question: Question, named: bool) -> bool:
    """Whether a line speaks of the subject.

    By its words, or, on a screen that was named, by meaning. On a screen that was not named the
    line must hold the whole subject, or, where a value is asked, the screen around it.
    """
    assert isinstance(found.unit, ScreenUnit)
    if not question.subject:
        return named and found.cosine >= MIN_SCREEN_COSINE
    if named:
        return found.coverage >= MIN_SCREEN_COVERAGE or found.cosine >= MIN_SCREEN_COSINE
    if found.coverage >= 1 and len(question.subject) > 1 and found.cosine >= MIN_SCREEN_COSINE:
        return True
    asks_value = is_strict(question.answer_type) or question.about_screen is AboutScreen.MAYBE
    around = coverage(question, " ".join(line.text for line in found.unit.frame.lines))
    return asks_value and found.coverage >= MIN_SCREEN_COVERAGE and around >= MIN_FRAME_COVERAGE


def _is_gone(found: Candidate, ranked: Ranked) -> bool:
    """Shown earlier and not any more."""
    assert isinstance(found.unit, ScreenUnit)
    newest = {line.text.strip() for frame in ranked.evidence.frames[-1:] for line in frame.lines}
    return found.unit.age > 0 and found.unit.quote not in newest


def screen_wins(question: Question, shown: Candidate, passage: Candidate) -> bool:
    """The newest frame is now: a value that changed is the screen's, else the document is cited."""
    if question.needs_screen or question.past:
        return True
    asks_value = is_strict(question.answer_type) or question.answer_type is AnswerType.DATE
    return asks_value and numbers(shown.unit.spoken) != numbers(passage.unit.spoken)
