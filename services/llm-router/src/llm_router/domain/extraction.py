"""Choosing the answer among scored evidence, without a language model: it quotes or abstains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.conversation import PassageSource, ScreenSource, Source
from llm_router.domain.evidence import Evidence
from llm_router.domain.forms import (
    codes_in,
    codes_named,
    error_strength,
    is_strict,
    mentions_code,
    values,
)
from llm_router.domain.question import AboutScreen, Question, Wants
from llm_router.domain.scoring import Candidate, coverage
from llm_router.domain.speech import clipped, sentence
from llm_router.domain.units import PassageUnit, ScreenUnit
from llm_router.domain.words import content

# 0.35: research/local-models.md, section 8. 0.53: on 149 public questions (tests/evals/answers.py)
# 0.93 of the right answers stay (0.96 at 0.45), and near misses are quoted less often (0.7 of
# them, 0.9 at 0.45: most are passages of the same page that answer in part).
MIN_PASSAGE_COSINE: Final = 0.35
MIN_SUPPORT: Final = 0.53
SECOND_SENTENCE_RATIO: Final = 0.9
MIN_SCREEN_COSINE: Final = 0.45
MIN_SCREEN_COVERAGE: Final = 0.5
MIN_FRAME_COVERAGE: Final = 0.75
MAX_SHOWN_LINES: Final = 4
MAX_ITEMS: Final = 3
PLAIN_ERROR: Final = 2

SMALL_TALK: Final[dict[str, str]] = {
    "hello": "Hello. Ask me about the documents or about what is on the screen.",
    "thanks": "You're welcome.",
    "hearing": "Yes, I can hear you.",
    "how_are_you": "I'm ready. Ask me about the documents or about what is on the screen.",
    "who_are_you": "I'm Parley. I answer questions about the documents and what is on the screen.",
    "bye": "Goodbye.",
}


@dataclass(frozen=True)
class Extracted:
    """An answer made of evidence.

    Attributes:
        support: how sure the choice is, [0, 1]; for an abstention, how sure that nothing answers.
    """

    text: str
    sources: tuple[Source, ...]
    abstained: bool
    support: float


@dataclass(frozen=True)
class Ranked:
    """Scored evidence of one question; both lists best first.

    Attributes:
        fixes: passage units scored against the question and the error on the screen together;
            empty unless the question asks how to fix it.
    """

    question: Question
    evidence: Evidence
    passages: Sequence[Candidate]
    screen: Sequence[Candidate]
    fixes: Sequence[Candidate] = ()


def extract(ranked: Ranked) -> Extracted:
    """The answer, or an honest abstention."""
    question = ranked.question
    if question.small_talk:
        return Extracted(SMALL_TALK[question.small_talk], (), abstained=False, support=1.0)
    if question.wants is Wants.FIX:
        return _fix(ranked)
    passage = _answering_passage(ranked)
    shown = None if question.documents else _answering_screen(ranked)
    if shown and (passage is None or _screen_wins(question, shown, passage)):
        return _from_screen(ranked, shown)
    return _from_passage(ranked, passage) if passage else _abstained(ranked)


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


def _answering_passage(ranked: Ranked) -> Candidate | None:
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
        if good and (found.form or not is_strict(question.wants)):
            return found
    return None


def _names_a_stranger(ranked: Ranked) -> bool:
    """Whether a value is asked of something that no evidence knows by name.

    Of the Enterprise plan, where only Team and Business are known: the nearest plan's price would
    be a wrong answer.
    """
    if not is_strict(ranked.question.wants):
        return False
    passages = ranked.evidence.passages
    known = {word for p in passages for word in content(f"{p.document} {p.heading} {p.text}")}
    return any(not set(content(name)) & known for name in ranked.question.names)


def _names(found: Candidate, codes: tuple[str, ...]) -> bool:
    assert isinstance(found.unit, PassageUnit)
    return any(mentions_code(found.unit.looked_for, code) for code in codes)


def _answering_screen(ranked: Ranked) -> Candidate | None:
    question = ranked.question
    if not ranked.screen:
        return None
    named = question.about_screen is AboutScreen.YES
    if question.wants is Wants.ERROR and named:
        return error_shown(ranked.screen)
    candidates = [
        found
        for found in ranked.screen
        if found.new
        and (found.form or not is_strict(question.wants))
        and (not question.past or _is_gone(found, ranked))
    ]
    if named and not question.subject and question.wants is Wants.ANYTHING:
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
    asks_value = is_strict(question.wants) or question.about_screen is AboutScreen.MAYBE
    around = coverage(question, " ".join(line.text for line in found.unit.frame.lines))
    return asks_value and found.coverage >= MIN_SCREEN_COVERAGE and around >= MIN_FRAME_COVERAGE


def _is_gone(found: Candidate, ranked: Ranked) -> bool:
    """Shown earlier and not any more."""
    assert isinstance(found.unit, ScreenUnit)
    newest = {line.text.strip() for frame in ranked.evidence.frames[-1:] for line in frame.lines}
    return found.unit.age > 0 and found.unit.quote not in newest


def _screen_wins(question: Question, shown: Candidate, passage: Candidate) -> bool:
    """The newest frame is now: a value that changed is the screen's, else the document is cited."""
    if question.needs_screen or question.past:
        return True
    asks_value = is_strict(question.wants) or question.wants is Wants.DATE
    return asks_value and values(shown.unit.spoken) != values(passage.unit.spoken)


def _from_passage(ranked: Ranked, best: Candidate) -> Extracted:
    assert isinstance(best.unit, PassageUnit)
    chosen: list[PassageUnit] = [best.unit]
    if best.unit.spoken.endswith(":"):
        chosen += _what_follows(ranked, best.unit)
    elif best.unit.key == "" and not is_strict(ranked.question.wants):
        chosen += [unit for found in ranked.passages if (unit := _adding(found, best))][:1]
    units = sorted(chosen, key=lambda u: u.start)
    text = clipped(" ".join(sentence(unit.spoken) for unit in units))
    sources = tuple(passage_source(ranked.evidence, unit) for unit in units)
    return Extracted(text, sources, abstained=False, support=support_of(best))


def _adding(found: Candidate, best: Candidate) -> PassageUnit | None:
    """A second sentence of the same part, nearly as good, that says something else."""
    a, b = found.unit, best.unit
    assert isinstance(a, PassageUnit)
    assert isinstance(b, PassageUnit)
    same = a.passage == b.passage and a.heading == b.heading and a.kind == b.kind
    near = found.score >= SECOND_SENTENCE_RATIO * best.score
    ended = a.spoken[-1:] in ".!"
    return (
        a
        if same and near and ended and a.spoken not in b.spoken and b.spoken not in a.spoken
        else None
    )


def _what_follows(ranked: Ranked, intro: PassageUnit) -> list[PassageUnit]:
    """The items that a sentence with a colon announces."""
    units = [u for found in ranked.passages if isinstance(u := found.unit, PassageUnit)]
    after = [u for u in units if u.passage == intro.passage and u.start > intro.start]
    return sorted(after, key=lambda u: u.start)[:MAX_ITEMS]


def _from_screen(ranked: Ranked, best: Candidate) -> Extracted:
    question = ranked.question
    unit = best.unit
    assert isinstance(unit, ScreenUnit)
    if not question.subject and question.wants is Wants.ANYTHING:
        return _whole_screen(ranked)
    lead = "The screen says" if question.wants is Wants.ERROR else "The screen shows"
    if unit.age > 0:
        lead = "Earlier the screen showed"
    text = clipped(sentence(f"{lead}: {unit.spoken}"))
    sure = max(0.5 + 0.5 * best.coverage, best.cosine)
    return Extracted(text, (screen_source(unit),), abstained=False, support=min(1.0, sure))


def _whole_screen(ranked: Ranked) -> Extracted:
    """For "what is on the screen": the largest lines first said, in the order shown."""
    newest = [
        found.unit
        for found in ranked.screen
        if isinstance(found.unit, ScreenUnit) and found.unit.age == 0 and found.unit.lines == 1
    ]
    height = {
        line.text.strip(): line.box.height for f in ranked.evidence.frames[-1:] for line in f.lines
    }
    place = {text: at for at, text in enumerate(height)}
    largest = sorted(
        newest, key=lambda unit: (-height.get(unit.quote, 0), place.get(unit.quote, 0))
    )
    shown = sorted(largest[:MAX_SHOWN_LINES], key=lambda unit: place.get(unit.quote, 0))
    text = clipped("The screen shows: " + " ".join(sentence(unit.spoken) for unit in shown))
    return Extracted(text, tuple(screen_source(u) for u in shown), abstained=False, support=0.7)


def _fix(ranked: Ranked) -> Extracted:
    """The error on the screen (or named in the question), and what the documents say about it."""
    error = error_shown(ranked.screen)
    named = codes_named(ranked.question.text)
    codes = named or (codes_in(error.unit.spoken) if error else ())
    remedy = _remedy(ranked, codes)
    parts: list[str] = []
    sources: list[Source] = []
    if error and isinstance(error.unit, ScreenUnit) and not named:
        parts.append(sentence(f"The screen says: {error.unit.spoken}"))
        sources.append(screen_source(error.unit))
    parts += [sentence(unit.spoken) for unit in remedy]
    sources += [passage_source(ranked.evidence, unit) for unit in remedy]
    if not remedy:
        refusal = _abstained(ranked)
        text = clipped(" ".join([*parts, refusal.text]))
        return Extracted(text, tuple(sources), abstained=True, support=refusal.support)
    support = 0.95 if codes else 0.75
    return Extracted(clipped(" ".join(parts)), tuple(sources), abstained=False, support=support)


def _remedy(ranked: Ranked, codes: tuple[str, ...]) -> list[PassageUnit]:
    """At most two units of one passage; where there is a code, of a passage that names it."""
    scored = ranked.fixes or ranked.passages
    passages = ranked.evidence.passages
    if codes:
        about = {
            at
            for at, passage in enumerate(passages)
            if any(mentions_code(f"{passage.heading}\n{passage.text}", code) for code in codes)
        }
        return _best_of(
            [
                found
                for found in scored
                if isinstance(found.unit, PassageUnit) and found.unit.passage in about
            ],
            codes,
        )
    best = next(iter(scored), None)
    if best is None or support_of(best) < MIN_SUPPORT or best.context < MIN_PASSAGE_COSINE:
        return []
    assert isinstance(best.unit, PassageUnit)
    return _best_of(
        [
            f
            for f in scored
            if isinstance(f.unit, PassageUnit) and f.unit.passage == best.unit.passage
        ],
        (),
    )


def _best_of(scored: Sequence[Candidate], codes: tuple[str, ...]) -> list[PassageUnit]:
    """The unit that names the code, and the one after it when that goes on; else the best one."""
    units = sorted(
        (f.unit for f in scored if isinstance(f.unit, PassageUnit)),
        key=lambda u: (u.passage, u.start),
    )
    if not units:
        return []
    best = next(
        (
            f.unit
            for f in scored
            if isinstance(f.unit, PassageUnit)
            and any(mentions_code(f.unit.looked_for, c) for c in codes)
        ),
        None,
    )
    if best is None:
        best = next(f.unit for f in scored if isinstance(f.unit, PassageUnit))
    following = [
        u
        for u in units
        if u.passage == best.passage and u.start > best.start and u.heading == best.heading
    ]
    if best.kind == "row" or not following or _names_another(following[0], codes):
        return [best]
    return [best, following[0]]


def _names_another(unit: PassageUnit, codes: tuple[str, ...]) -> bool:
    return any(not any(mentions_code(code, c) for c in codes) for code in codes_in(unit.spoken))


def _abstained(ranked: Ranked) -> Extracted:
    question, evidence = ranked.question, ranked.evidence
    about = question.about_screen is AboutScreen.YES and not question.documents
    if "passages" in evidence.missing:
        text = "I could not look into the documents in time"
        text += ", and I don't see it on the screen." if evidence.frames else "."
    elif about and not evidence.frames:
        text = "I can't read the screen right now, and the documents don't say."
    elif evidence.frames and not question.documents:
        text = "The documents don't say, and I don't see it on the screen."
    else:
        text = "The documents don't say."
    nearest = max([0.0, *(support_of(found) for found in ranked.passages[:3])])
    sure = 0.4 if evidence.missing else 1.0 - 0.4 * min(1.0, nearest)
    return Extracted(text, (), abstained=True, support=sure)


def passage_source(evidence: Evidence, unit: PassageUnit) -> PassageSource:
    """The exact quote with its offsets into the document's text."""
    passage = evidence.passages[unit.passage]
    quote = passage.text[unit.start : unit.end]
    # A passage is a slice of its document; where it is not (joined parts), its own span is cited.
    exact = passage.end - passage.start == len(passage.text)
    return PassageSource(
        document_id=passage.document_id,
        document=passage.document,
        page=passage.page,
        start=passage.start + unit.start if exact else passage.start,
        end=passage.start + unit.end if exact else passage.end,
        quote=quote,
    )


def screen_source(unit: ScreenUnit) -> ScreenSource:
    return ScreenSource(
        frame_id=unit.frame.frame_id, screen_at_ms=unit.frame.shown_at_ms, quote=unit.quote
    )
