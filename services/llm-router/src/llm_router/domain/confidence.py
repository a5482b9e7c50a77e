"""How far a reply can be trusted. Evidence first; the model's own word last."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from answering.evidence import Evidence
from contracts.conversation import PassageSource, ScreenSource, Source
from contracts.knowledge import Passage
from language.detection import language_of
from language.words import tokens
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


@dataclass(frozen=True)
class _Words:
    """A text's terms, and which of them are its numbers, read as one language writes them."""

    lang: str
    text: str = field(repr=False)
    terms: tuple[str, ...] = field(repr=False)
    numbers: frozenset[str] = field(repr=False)

    @staticmethod
    def of(text: str, lang: str) -> "_Words":
        found = tokens(text, lang)
        terms = tuple(term for token in found for term in token.terms)
        numbers = (token.terms[0] for token in found if token.kind != "word" and token.terms)
        return _Words(lang, text, terms, frozenset(numbers))

    def __add__(self, more: "_Words") -> "_Words":
        return _Words(
            self.lang,
            f"{self.text}\n{more.text}",
            self.terms + more.terms,
            self.numbers | more.numbers,
        )

    def says_all_of(self, other: "_Words") -> bool:
        return other.numbers <= self.numbers and set(other.terms) <= set(self.terms)


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
    said = reply.text if reply.claims is None else reply.claims
    claims = _Words.of(said, language_of(said))
    cited = _cited(reply.sources, claims, evidence)
    if not (claims.numbers <= cited.numbers or _has_numbers_of(claims, cited)):
        return Confidence(UNCOVERED_NUMBER, "a number is not in what is cited")
    covered = _covered(claims, cited)
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


def _cited(sources: Sequence[Source], claims: _Words, evidence: Evidence) -> _Words:
    """Of the quotes; with the long text around them where they do not cover what is said."""
    quotes = _Words.of("\n".join(source.quote for source in sources), claims.lang)
    if quotes.says_all_of(claims):
        return quotes
    around = "\n".join(text for source in sources for text in _around(source, evidence))
    return quotes + _Words.of(around, claims.lang)


def _around(source: Source, evidence: Evidence) -> list[str]:
    """What the quote stands in, with the headings and the table's header that stand over it."""
    if not isinstance(source, PassageSource):
        return _shown(source, evidence)
    return [
        f"{passage.heading} {passage.header} {passage.text}"
        for passage in _passages(source, evidence)
        if source.quote in passage.text
    ]


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


def _covered(claims: _Words, cited: _Words) -> float:
    if not claims.terms:
        return 1.0
    there = set(cited.terms)
    covered = sum(claim in there for claim in claims.terms) / len(claims.terms)
    # Text that tells no other language is taken for the answer's.
    if covered >= OTHER_LANGUAGE or language_of(cited.text, claims.lang) == claims.lang:
        return covered
    return OTHER_LANGUAGE


def _has_numbers_of(claims: _Words, cited: _Words) -> bool:
    """Each read as its language writes numbers ("1.250" is 1250 in German), or both as English."""
    there = _Words.of(cited.text, language_of(cited.text, claims.lang))
    if claims.numbers <= there.numbers:
        return True
    # A few words may be taken for a language that they are not.
    return _Words.of(claims.text, "en").numbers <= _Words.of(cited.text, "en").numbers
