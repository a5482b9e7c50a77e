"""How far a reply can be trusted. Evidence first; the model's own word last."""

import re
from dataclasses import dataclass
from typing import Final

from answering.evidence import Evidence
from contracts.conversation import PassageSource, ScreenSource, Source
from contracts.knowledge import Passage
from language.detection import language_of
from language.words import terms, tokens
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Reply

_HEDGE: Final = re.compile(
    r"\b(?:i(?:'m| am) not (?:sure|certain)|i don't know|i do not know|might be|may be|perhaps|"
    r"possibly|"
    r"it (?:seems|appears)|i (?:think|guess|believe)|unclear|as an ai)\b",
    re.IGNORECASE,
)
NOTHING_CITED: Final = 0.3
UNCOVERED_NUMBER: Final = 0.3
HEDGED: Final = 0.6
WITHOUT_OWN_WORD: Final = 0.9
EVIDENCE_MISSING: Final = 0.9
OTHER_LANGUAGE: Final = 0.85
"""Covered, of an answer in another language than what it cites: their words cannot be compared, but
its quotes are there and its numbers are."""


@dataclass(frozen=True)
class Confidence:
    """`ratio` in [0, 1]; `why` names the evidence in a few words and holds no content."""

    ratio: float
    why: str


def confidence_of(reply: Reply, needs: QuestionNeeds, evidence: Evidence) -> Confidence:
    """First version, uncalibrated: coverage of the claims by what is cited, then the rest."""
    if needs.is_small_talk:
        return Confidence(1.0, "small talk, nothing claimed")
    if not all(_resolves(source, evidence) for source in reply.sources):
        return Confidence(0.0, "a citation does not resolve")
    own = reply.support if reply.support is not None else WITHOUT_OWN_WORD
    late = EVIDENCE_MISSING if evidence.missing else 1.0
    if reply.abstained:
        why = "abstained, evidence came too late" if evidence.missing else "abstained"
        return Confidence(round(own * late, 3), why)
    if not reply.sources:
        return Confidence(NOTHING_CITED, "nothing cited")
    cited = " ".join(_cited_text(source, evidence) for source in reply.sources)
    said = reply.text if reply.claims is None else reply.claims
    if not _has_numbers_of(said, cited):
        return Confidence(UNCOVERED_NUMBER, "a number is not in what is cited")
    covered = _covered(said, cited)
    hedge = HEDGED if _HEDGE.search(said) else 1.0
    ratio = covered * hedge * late * (0.6 + 0.4 * own)
    why = f"claims covered {covered:.2f}, citations resolve, own word {own:.2f}"
    return Confidence(round(min(1.0, ratio), 3), why + (", hedged" if hedge < 1 else ""))


def _resolves(source: Source, evidence: Evidence) -> bool:
    if isinstance(source, PassageSource):
        return any(source.quote in passage.text for passage in _passages(source, evidence))
    shown = _shown(source, evidence)
    return all(any(part in text for text in shown) for part in source.quote.split("\n"))


def _passages(source: PassageSource, evidence: Evidence) -> list[Passage]:
    return [p for p in evidence.passages if p.document_id == source.document_id]


def _cited_text(source: Source, evidence: Evidence) -> str:
    """The quote, with the headings and the table's header that stand over it."""
    if not isinstance(source, PassageSource):
        lines = _shown(source, evidence)
        return "\n".join([source.quote, *lines])
    around = [
        f"{passage.heading} {passage.header} {passage.text}"
        for passage in _passages(source, evidence)
        if source.quote in passage.text
    ]
    return "\n".join([source.quote, *around])


def _shown(source: ScreenSource, evidence: Evidence) -> list[str]:
    """What the cited frame showed: its lines, its cells, and what is remembered of it."""
    texts: list[str] = []
    for frame in evidence.frames:
        if frame.frame_id == source.frame_id:
            texts += [line.text for line in frame.lines]
            texts += [cell.text for cell in frame.structure.cells] if frame.structure else []
    texts += [
        part
        for one in evidence.history.all_shown()
        if one.frame_id == source.frame_id
        for part in (one.text, one.label, one.heading)
    ]
    return texts


def _covered(said: str, cited: str) -> float:
    lang = language_of(said)
    claims = terms(said, lang)
    if not claims:
        return 1.0
    there = set(terms(cited, lang))
    covered = sum(claim in there for claim in claims) / len(claims)
    # Text that tells no other language is taken for the answer's.
    return covered if language_of(cited, lang) == lang else max(covered, OTHER_LANGUAGE)


def _has_numbers_of(said: str, cited: str) -> bool:
    """Each read as its language writes numbers ("1.250" is 1250 in German), or both as English."""
    lang = language_of(said)
    own = _numbers(said, lang) <= _numbers(cited, language_of(cited, lang))
    # A few words may be taken for a language that they are not.
    return own or _numbers(said, "en") <= _numbers(cited, "en")


def _numbers(text: str, lang: str) -> set[str]:
    return {token.terms[0] for token in tokens(text, lang) if token.kind != "word" and token.terms}
