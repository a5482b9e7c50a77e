"""From scored evidence to an answer, without a language model: it quotes or abstains."""

from typing import Final

from answering.english.answer_types import AnswerType, is_strict
from answering.english.question import AboutScreen
from answering.extractive.answer_selection import (
    answering_passage,
    answering_screen,
    error_shown,
    screen_wins,
    support_of,
)
from answering.extractive.error_fix import fix_for
from answering.extractive.extracted import Extracted, Ranked, passage_source, screen_source
from answering.extractive.passage_units import PassageUnit
from answering.extractive.scoring import Candidate
from answering.extractive.screen_units import ScreenUnit
from answering.text.clipping import as_sentence, clip
from answering.text.error_codes import codes_in, codes_named
from contracts.conversation import Source

SECOND_SENTENCE_RATIO: Final = 0.9
MAX_SHOWN_LINES: Final = 4
MAX_ITEMS: Final = 3

SMALL_TALK: Final[dict[str, str]] = {
    "hello": "Hello. Ask me about the documents or about what is on the screen.",
    "thanks": "You're welcome.",
    "hearing": "Yes, I can hear you.",
    "how_are_you": "I'm ready. Ask me about the documents or about what is on the screen.",
    "who_are_you": "I'm Parley. I answer questions about the documents and what is on the screen.",
    "bye": "Goodbye.",
}


def extract(ranked: Ranked) -> Extracted:
    """The answer, or an honest abstention."""
    question = ranked.question
    if question.small_talk:
        return Extracted(SMALL_TALK[question.small_talk], (), abstained=False, support=1.0)
    if question.answer_type is AnswerType.FIX:
        return _fix(ranked)
    passage = answering_passage(ranked)
    shown = None if question.documents else answering_screen(ranked)
    if shown and (passage is None or screen_wins(question, shown, passage)):
        return _from_screen(ranked, shown)
    return _from_passage(ranked, passage) if passage else _abstained(ranked)


def _from_passage(ranked: Ranked, best: Candidate) -> Extracted:
    assert isinstance(best.unit, PassageUnit)
    chosen: list[PassageUnit] = [best.unit]
    if best.unit.spoken.endswith(":"):
        chosen += _what_follows(ranked, best.unit)
    elif best.unit.key == "" and not is_strict(ranked.question.answer_type):
        chosen += [unit for found in ranked.passages if (unit := _adding(found, best))][:1]
    units = sorted(chosen, key=lambda u: u.start)
    text = clip(" ".join(as_sentence(unit.spoken) for unit in units))
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
    if not question.subject and question.answer_type is AnswerType.ANYTHING:
        return _whole_screen(ranked)
    lead = "The screen says" if question.answer_type is AnswerType.ERROR else "The screen shows"
    if unit.age > 0:
        lead = "Earlier the screen showed"
    text = clip(as_sentence(f"{lead}: {unit.spoken}"))
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
    text = clip("The screen shows: " + " ".join(as_sentence(unit.spoken) for unit in shown))
    return Extracted(text, tuple(screen_source(u) for u in shown), abstained=False, support=0.7)


def _fix(ranked: Ranked) -> Extracted:
    """The error on the screen (or named in the question), and what the documents say about it."""
    error = error_shown(ranked.screen)
    named = codes_named(ranked.question.text)
    codes = named or (codes_in(error.unit.spoken) if error else ())
    fix = fix_for(ranked, codes)
    parts: list[str] = []
    sources: list[Source] = []
    if error and isinstance(error.unit, ScreenUnit) and not named:
        parts.append(as_sentence(f"The screen says: {error.unit.spoken}"))
        sources.append(screen_source(error.unit))
    parts += [as_sentence(unit.spoken) for unit in fix]
    sources += [passage_source(ranked.evidence, unit) for unit in fix]
    if not fix:
        refusal = _abstained(ranked)
        text = clip(" ".join([*parts, refusal.text]))
        return Extracted(text, tuple(sources), abstained=True, support=refusal.support)
    support = 0.95 if codes else 0.75
    return Extracted(clip(" ".join(parts)), tuple(sources), abstained=False, support=support)


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
