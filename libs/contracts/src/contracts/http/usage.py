"""What was used, and how it went over time."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.fact import Model
from contracts.http.values import Usd
from contracts.ids import SessionId, TurnId

UsageBy = Literal["service", "provider", "model", "session", "kind"]
Every = Literal["hour", "day"]
"""Length of a step on a time line; steps begin at UTC's."""


class UsageRow(Model):
    """Use added up by one of the five; the other four are None."""

    at: AwareDatetime | None = Field(
        default=None, description="When the step began; None unless asked for by time."
    )
    service: str | None = None
    provider: str | None = None
    model: str | None = None
    session: UUID | None = None
    kind: str | None = None
    quantity: Usd
    unit: str
    cost_usd: Usd
    estimate_usd: Usd
    tokens_in: int | None = Field(default=None, description="All; None where none are counted.")
    tokens_out: int | None = None
    tokens_cached: int | None = Field(default=None, description="Of `tokens_in`.")


class BaselineRow(Model):
    """What one step would have cost without Parley: its questions, and speech as it was."""

    at: AwareDatetime
    questions: int
    baseline_usd: Usd


class UsageReport(Model):
    """What a tenant used."""

    rows: tuple[UsageRow, ...]
    total_usd: Usd
    estimate_usd: Usd
    baseline_usd: Usd | None = Field(description="None when nothing was asked.")
    saving_ratio: float | None = Field(
        default=None,
        description="1 - (spent, or offline the estimate) / baseline; None without a baseline.",
    )
    saving_note: str | None = Field(default=None, description="Why it is below zero, in words.")
    baselines: tuple[BaselineRow, ...] = Field(
        default=(), description="By step, when asked for by time."
    )


class Assumption(Model):
    """What a saving is worked out from."""

    name: str
    value: str
    source: str | None = Field(description="Where it was read: an address, or a file of Parley's.")


class Assumptions(Model):
    """All that a saving is worked out from."""

    assumptions: tuple[Assumption, ...]


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
