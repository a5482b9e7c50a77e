"""Turns and their answers."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.fact import Model, TurnFact
from contracts.ids import DocumentId, FrameId, SessionMs
from contracts.knowledge import Retrieval, TakenAs
from contracts.media import MAX_SPEAKER_CHARS

Channel = Literal["voice", "chat"]
MAX_QUESTION_CHARS = 4_000
MAX_COMMENT_CHARS = 1_000
MAX_ANSWER_CHARS = 600
"""In a meeting nobody listens to more."""


class Screen(Model):
    """The frame a turn is about."""

    frame_id: FrameId
    shown_at_ms: SessionMs


class TurnTaken(TurnFact):
    """Somebody asked Parley something. A voice turn supersedes the voice turn before it."""

    event_type: ClassVar[str] = "conversation.turn_taken.v1"
    channel: Channel
    text: str = Field(min_length=1, max_length=MAX_QUESTION_CHARS)
    speaker: str = Field(max_length=MAX_SPEAKER_CHARS)
    asked_at_ms: SessionMs = Field(description="End of the speech.")
    screen: Screen | None = Field(description="Newest kept frame then; None without a screen.")
    addressed_by: Literal["always", "name", "question", "chat"]
    patient: bool = Field(
        default=False,
        description="Nobody hears the wait (a recording at full speed): evidence is awaited.",
    )


class SpeechInterrupted(TurnFact):
    """Somebody spoke over the answer; the rest of it was not heard."""

    event_type: ClassVar[str] = "conversation.speech_interrupted.v1"
    heard_chars: int = Field(ge=0)


class PassageSource(Model):
    """A passage that an answer stands on."""

    kind: Literal["passage"] = "passage"
    document_id: DocumentId
    document: str
    page: int | None
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str


class ScreenSource(Model):
    """A frame that an answer stands on."""

    kind: Literal["screen"] = "screen"
    frame_id: FrameId
    screen_at_ms: SessionMs
    quote: str


Source = Annotated[PassageSource | ScreenSource, Field(discriminator="kind")]


class Attempt(Model):
    """One question to one model."""

    tier: str
    model: str = Field(description="`provider:model`")
    outcome: Literal["accepted", "low_confidence", "failed", "cancelled"]
    confidence: float | None = Field(default=None, ge=0, le=1)
    why: str = Field(description="What decided, in a few words; no content.")
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    cost_usd: Decimal = Decimal(0)
    took_ms: int = Field(default=0, ge=0)


class AnswerCompleted(TurnFact):
    """The turn ended with an answer; an honest "the documents don't say" is one."""

    event_type: ClassVar[str] = "conversation.answer_completed.v1"
    channel: Channel
    asked_at_ms: SessionMs = Field(description="As in TurnTaken; what the baseline counts with.")
    question_chars: int = Field(ge=0)
    has_screen: bool = Field(description="A screen was shared when the question was asked.")
    text: str
    abstained: bool
    sources: tuple[Source, ...]
    attempts: tuple[Attempt, ...]
    confidence: float = Field(ge=0, le=1)
    why: str = Field(description="What the confidence rests on; no content.")
    cost_usd: Decimal
    latency_ms: dict[str, int] = Field(description="By part; `total` always there.")
    missing: tuple[Literal["passages", "screen"], ...] = Field(
        default=(), description="Evidence that did not come in time."
    )
    interrupted_at_chars: int | None = Field(default=None, ge=0)
    taken_as: tuple[TakenAs, ...] = Field(
        default=(), description="How words of the question were understood."
    )
    retrieval: Retrieval | None = Field(
        default=None, description="What found the passages; None: it did not say in time."
    )


RefusedReason = Literal["busy", "deadline", "no_provider", "budget", "invalid", "internal"]


class AnswerRefused(TurnFact):
    """The turn ended without an answer, and the person is told why."""

    event_type: ClassVar[str] = "conversation.answer_refused.v1"
    channel: Channel
    reason: RefusedReason
    text: str = Field(description="The sentence the person hears or reads.")
    attempts: tuple[Attempt, ...] = ()
    cost_usd: Decimal = Decimal(0)
    latency_ms: dict[str, int] = Field(default_factory=dict)


Rating = Literal["good", "bad"]


class FeedbackGiven(TurnFact):
    """A person said what they think of an answer; a later one takes the place of an earlier."""

    event_type: ClassVar[str] = "conversation.feedback_given.v1"
    rating: Rating
    comment: str = Field(default="", max_length=MAX_COMMENT_CHARS)
