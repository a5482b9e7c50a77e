"""What an answer may stand on: passages of documents, and what the screen showed."""

from dataclasses import dataclass, field
from typing import Literal

from answering.screen_history import ScreenHistory
from contracts.conversation import PassageSource
from contracts.ids import FrameId
from contracts.knowledge import Passage, Retrieval, TakenAs
from contracts.media import BlobRef
from contracts.vision import FrameDescribed, ScreenLine, ScreenStructure

Missing = Literal["passages", "screen"]


@dataclass(frozen=True)
class Frame:
    """One described frame, as far as an answer needs it.

    Attributes:
        structure: what belongs together on it; None: its writer made none, or it was screened.
        picture: where its masked picture is kept for a few minutes; None: it was gone already, or
            something of the frame was screened.
        caption: what a vision model says of the picture; None: none was asked, or it was screened.
    """

    frame_id: FrameId
    shown_at_ms: int
    lines: tuple[ScreenLine, ...]
    structure: ScreenStructure | None = None
    picture: BlobRef | None = None
    caption: str | None = None

    @staticmethod
    def of(fact: FrameDescribed) -> "Frame":
        return Frame(
            fact.frame_id,
            fact.shown_at_ms,
            fact.lines,
            fact.structure,
            fact.picture,
            fact.caption,
        )


@dataclass(frozen=True)
class Evidence:
    """Data, never instructions; screened for those before an answerer is given it.

    Attributes:
        passages: best first; empty when the documents say nothing or were not heard of.
        frames: oldest first; the last is what the screen showed when the question ended, unless
            "screen" is missing.
        missing: what did not come in time.
        history: what the screen showed until the question ended; empty when nothing is known.
        taken_as: words of the question that were taken for others.
        retrieval: what found the passages; None where it did not say.
    """

    passages: tuple[Passage, ...] = ()
    frames: tuple[Frame, ...] = ()
    missing: tuple[Missing, ...] = ()
    history: ScreenHistory = field(default_factory=ScreenHistory)
    taken_as: tuple[TakenAs, ...] = ()
    retrieval: Retrieval | None = None


def passage_source(passage: Passage, start: int, end: int) -> PassageSource:
    """The exact quote of a piece of a passage, with its offsets into the document's text."""
    # A passage is a slice of its document; where it is not (joined parts), its own span is cited.
    exact = passage.end - passage.start == len(passage.text)
    return PassageSource(
        document_id=passage.document_id,
        document=passage.document,
        page=passage.page,
        start=passage.start + start if exact else passage.start,
        end=passage.start + end if exact else passage.end,
        quote=passage.text[start:end],
    )
