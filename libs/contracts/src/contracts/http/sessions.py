"""Sessions: what is asked, answered, heard, seen, and what it cost."""

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.conversation import (
    MAX_COMMENT_CHARS,
    Attempt,
    Channel,
    Rating,
    RefusedReason,
    Source,
)
from contracts.fact import Model
from contracts.http.values import NO_NUL, Question, Usd
from contracts.ids import FrameId, SessionId, TurnId
from contracts.knowledge import Retrieval, TakenAs
from contracts.media import MAX_SPEAKER_CHARS, KeptReason, MeetingNote
from contracts.sessions import Addressing
from contracts.vision import ScreenStructure


class SessionBody(Model):
    """Open a session."""

    title: str = Field(default="", max_length=200, pattern=NO_NUL)


class MeetingState(Model):
    """The meeting that is, or was, heard and seen in a session."""

    name: str
    source: Literal["recording", "live"]
    has_video: bool
    has_audio: bool
    started_at: AwareDatetime
    duration_ms: int | None = Field(description="What the container says; when ended, what came.")
    ended: Literal["completed", "truncated", "left", "rejected", "failed"] | None = None
    detail: str | None = Field(default=None, description="Why it ended early, one sentence.")
    truncated_at_ms: int | None = None


class SessionState(Model):
    """One session."""

    session_id: SessionId
    title: str
    state: Literal["open", "closed"]
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    meeting: MeetingState | None = None


class Sessions(Model):
    """Sessions, newest first."""

    sessions: tuple[SessionState, ...]
    next: SessionId | None = Field(description="`before` of the next page; None on the last.")


class MessageBody(Model):
    """Ask in writing. The header `Idempotency-Key` makes a retry the same question."""

    text: Question
    speaker: str = Field(default="chat", min_length=1, max_length=MAX_SPEAKER_CHARS, pattern=NO_NUL)


class MessageAccepted(Model):
    """The answer comes as a `concluded` event, and in the session's messages."""

    session_id: SessionId
    turn_id: TurnId
    events_url: str


class AnswerAttempt(Attempt):
    """One question to one model."""

    cost_usd: Usd = Decimal(0)


class FeedbackBody(Model):
    """What a person thinks of an answer."""

    rating: Rating
    comment: str = Field(default="", max_length=MAX_COMMENT_CHARS, pattern=NO_NUL)


class Feedback(FeedbackBody):
    """The feedback on one answer; a later one takes the place of an earlier one."""

    turn_id: TurnId
    given_at: AwareDatetime


class Answer(Model):
    """One question and what became of it."""

    turn_id: TurnId
    asked_at_ms: int
    channel: Channel
    speaker: str
    text: str
    answer: str | None = Field(description="A refusal's sentence too; None while there is none.")
    abstained: bool = False
    sources: tuple[Source, ...] = ()
    attempts: tuple[AnswerAttempt, ...] = ()
    cost_usd: Usd = Decimal(0)
    latency_ms: dict[str, int] = Field(default_factory=dict[str, int])
    confidence: float | None = None
    state: Literal["pending", "answered", "refused", "superseded"]
    refused: RefusedReason | None = None
    superseded: bool = Field(default=False, description="A newer spoken question took its place.")
    interrupted_at_chars: int | None = None
    taken_as: tuple[TakenAs, ...] = Field(
        default=(), description="How words of the question were understood."
    )
    retrieval: Retrieval | None = Field(
        default=None, description="What found the passages; None while it is not known."
    )
    feedback: Feedback | None = Field(default=None, description="What was thought of it last.")


class Messages(Model):
    """A session's questions, in the order they were asked."""

    messages: tuple[Answer, ...]
    next: TurnId | None = Field(
        default=None, description="`after` of the next page; None on the last."
    )


class RecordingAccepted(Model):
    """The recording waits to be played; what happens comes as events."""

    session_id: SessionId
    name: str
    size_bytes: int
    sha256: str
    speed: Literal["real", "max"]
    addressing: Addressing
    events_url: str


class Utterance(Model):
    """One final transcript."""

    start_ms: int
    end_ms: int
    speaker: str
    text: str


class FrameCounts(Model):
    """Frames decoded, before any rate limit, and what was kept of them."""

    seen: int = 0
    kept: int = 0
    by_reason: dict[KeptReason, int] = Field(default_factory=dict[KeptReason, int])


class KeptFrame(Model):
    """One kept frame; its picture is at `/v1/sessions/{id}/frames/{frame_id}` while it lasts."""

    frame_id: FrameId
    shown_at_ms: int
    reason: KeptReason
    lines: tuple[str, ...] | None = Field(description="Text read on it; None: not read (yet).")
    structure: ScreenStructure | None = Field(
        default=None, description="What belongs together on it; in a snapshot of the newest only."
    )
    caption: str | None = Field(default=None, description="What a vision model says of it.")


class Frames(Model):
    """A session's kept frames, in the order they were shown."""

    frames: tuple[KeptFrame, ...]
    next: FrameId | None = Field(
        default=None, description="`after` of the next page; None on the last."
    )


class Cost(Model):
    """What was spent, and what it stands against."""

    spent_usd: Usd
    estimate_usd: Usd = Field(description="The same use at the default providers' prices.")
    baseline_usd: Usd | None = Field(description="None when nothing was asked.")
    saving_ratio: float | None = Field(
        description="1 - (spent, or offline the estimate) / baseline; None without a baseline."
    )
    saving_note: str | None = Field(default=None, description="Why it is below zero, in words.")
    baseline: str = Field(description="What the baseline is, in words.")


class SessionSummary(Model):
    """Everything `parley demo --json` prints except what only the client knows."""

    session_id: SessionId
    title: str
    state: Literal["open", "closed"]
    meeting: MeetingState | None
    duration_ms: int
    frames: FrameCounts
    transcript: tuple[Utterance, ...]
    questions: tuple[Answer, ...]
    cost: Cost
    pending_facts: int | None = Field(description="None where the caller may not see it.")
    dead_letters: int | None = Field(description="None where the caller may not see it.")
    notes: tuple[MeetingNote, ...] = Field(
        default=(), description="What of a recording was left out; once it has ended."
    )


class Snapshot(Model):
    """What a client that missed too much of the feed needs to go on; the event `snapshot`."""

    session: SessionState
    transcript: tuple[Utterance, ...]
    frames: tuple[KeptFrame, ...]
    questions: tuple[Answer, ...]
