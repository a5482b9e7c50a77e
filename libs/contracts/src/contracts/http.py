"""Public HTTP bodies of the gateway, and the one between it and rag.

Keys are those of the command's contract (docs/reference/cli.md): more may be added, none renamed.
Times ending in `_ms` are integers since the session (or its recording) started; money is a decimal
string in US dollars; ratios are 0-1.
"""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, PlainSerializer, StringConstraints

from contracts.conversation import (
    MAX_COMMENT_CHARS,
    MAX_QUESTION_CHARS,
    Attempt,
    Channel,
    Rating,
    RefusedReason,
    Source,
)
from contracts.fact import Model
from contracts.ids import DocumentId, FrameId, SessionId, TenantSlug, TurnId
from contracts.knowledge import Passage
from contracts.media import KeptReason
from contracts.sessions import Addressing
from contracts.tenants import Scope


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Usd = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]
"""Never in scientific notation, no trailing zeros."""

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text holds every character but this one."""

Question = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS, pattern=NO_NUL
    ),
]


class Problem(Model):
    """RFC 9457 problem details, for every answer that is not 2xx."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="snake_case; never changed once released.")
    detail: str = Field(description="One sentence for people.")


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
    speaker: str = Field(default="chat", min_length=1, max_length=100, pattern=NO_NUL)


class MessageAccepted(Model):
    """The answer comes as a `concluded` event, and in the session's messages."""

    session_id: SessionId
    turn_id: TurnId
    events_url: str


class AnswerAttempt(Attempt):
    """One question to one model."""

    cost_usd: Usd = Decimal(0)


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


class Messages(Model):
    """A session's questions, in the order they were asked."""

    messages: tuple[Answer, ...]
    next: TurnId | None = Field(
        default=None, description="`after` of the next page; None on the last."
    )


class FeedbackBody(Model):
    """What a person thinks of an answer."""

    rating: Rating
    comment: str = Field(default="", max_length=MAX_COMMENT_CHARS, pattern=NO_NUL)


class Feedback(FeedbackBody):
    """The feedback on one answer; a later one takes the place of an earlier one."""

    turn_id: TurnId
    given_at: AwareDatetime


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


class Snapshot(Model):
    """What a client that missed too much of the feed needs to go on; the event `snapshot`."""

    session: SessionState
    transcript: tuple[Utterance, ...]
    frames: tuple[KeptFrame, ...]
    questions: tuple[Answer, ...]


class Document(Model):
    """One document of the tenant."""

    document_id: DocumentId | None = Field(description="None when it was refused at the door.")
    name: str
    status: Literal["pending", "indexed", "unchanged", "rejected"]
    code: str | None = Field(default=None, description="Why it was rejected; snake_case.")
    reason: str | None = Field(default=None, description="Why, in one sentence.")
    pages: int | None = None
    passages: int | None = None
    size_bytes: int = 0
    media_type: str | None = None


class Documents(Model):
    """Documents: after an upload those just sent, in their order; else all, by name."""

    documents: tuple[Document, ...]
    next: str | None = Field(
        default=None, description="`after` of the next page; None on the last."
    )


class SearchBody(Model):
    """Search the tenant's documents."""

    text: Question
    limit: int = Field(default=5, ge=1, le=20)


class PassageQuery(SearchBody):
    """The gateway to rag, which trusts the service token to name the tenant."""

    tenant_id: TenantSlug


class SearchResult(Model):
    """Passages, best first; empty when the documents do not say."""

    passages: tuple[Passage, ...]


class TextQuery(Model):
    """The gateway to rag: a piece of a document's text."""

    tenant_id: TenantSlug
    document_id: DocumentId
    at: int = Field(ge=0, description="Characters into the document's text.")


class DocumentText(Model):
    """The text of one page of a document; where it has none, what stands around a place."""

    document_id: DocumentId
    document: str
    page: int | None
    pages: int | None
    start: int = Field(ge=0, description="Of the text, characters into the document's.")
    text: str
    heading: str = ""


class FoundText(Model):
    """rag to the gateway."""

    found: DocumentText | None = Field(description="None when it is not indexed.")


UsageBy = Literal["service", "provider", "model", "session"]
Every = Literal["hour", "day"]
"""Length of a step on a time line; steps begin at UTC's."""


class UsageRow(Model):
    """Use added up by one of the four; the other three are None."""

    at: AwareDatetime | None = Field(
        default=None, description="When the step began; None unless asked for by time."
    )
    service: str | None = None
    provider: str | None = None
    model: str | None = None
    session: UUID | None = None
    quantity: Usd
    unit: str
    cost_usd: Usd
    estimate_usd: Usd


class BaselineRow(Model):
    """What the questions of one step would have cost without Parley."""

    at: AwareDatetime
    questions: int
    baseline_usd: Usd


class UsageReport(Model):
    """What a tenant used."""

    rows: tuple[UsageRow, ...]
    total_usd: Usd
    estimate_usd: Usd
    baseline_usd: Usd | None
    baselines: tuple[BaselineRow, ...] = Field(
        default=(), description="By step, when asked for by time."
    )


class LatencySpread(Model):
    """Milliseconds from a question's end to its answer."""

    p50: int
    p95: int


class ActivityRow(Model):
    """What happened in one step."""

    at: AwareDatetime
    questions: int = 0
    answered: int = 0
    abstained: int = Field(default=0, description="Of those answered: the documents do not say.")
    refused: int = 0
    frames_seen: int = 0
    frames_kept: int = 0
    latency_ms: LatencySpread | None = Field(description="None when nothing was answered.")


class OpenQuestion(Model):
    """A question that nobody got an answer to."""

    session_id: SessionId
    turn_id: TurnId
    asked_at: AwareDatetime
    text: str
    answer: str = Field(description="What was said instead.")
    why: Literal["abstained", "refused"]


class Activity(Model):
    """What was asked, answered and seen over time."""

    rows: tuple[ActivityRow, ...] = Field(description="Steps in which something was, oldest first.")
    open_questions: tuple[OpenQuestion, ...] = Field(description="Newest first, at most 50.")
    truncated: bool = Field(description="There are older sessions that were not counted.")


class PageCode(Model):
    """Opens the page: `http://127.0.0.1:PORT/#code=CODE`."""

    code: str


class PageDoor(Model):
    """What a browser comes in with: a code, or a key."""

    code: str | None = Field(default=None, min_length=1, max_length=200)
    key: str | None = Field(default=None, min_length=1, max_length=200)


class PageVisitor(Model):
    """On whose behalf the page is open."""

    tenant_id: TenantSlug
    scopes: tuple[Scope, ...]
