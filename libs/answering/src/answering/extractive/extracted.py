"""What extraction works on, what it makes, and how it cites."""

from collections.abc import Sequence
from dataclasses import dataclass

from answering.english.question import Question
from answering.evidence import Evidence
from answering.extractive.passage_units import PassageUnit
from answering.extractive.scoring import Candidate
from answering.extractive.screen_units import ScreenUnit
from contracts.conversation import PassageSource, ScreenSource, Source


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
