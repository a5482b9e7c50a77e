"""What was used, and how it went over time."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from contracts.budgets import MAX_USD
from contracts.fact import Model
from contracts.http.values import NO_NUL, Usd
from contracts.ids import SessionId, TurnId, UsageId
from contracts.usage import Month

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


class UsageEntry(Model):
    """One row of the ledger: a use of a model, or a correction by hand (`adjustment`)."""

    at: AwareDatetime
    usage_id: UUID
    kind: str
    service: str
    provider: str
    model: str
    quantity: Usd
    unit: str
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    tokens_cache_written: int | None
    cost_usd: Usd
    estimate_usd: Usd
    price: str
    price_since: date | None
    price_source: str | None
    month: str
    latency_ms: int | None
    session: UUID | None
    turn: UUID | None
    confirmed: bool
    reason: str | None
    adjusted_by: UUID | None
    adjusted_at: AwareDatetime | None
    corrects: UUID | None


class AdjustmentBody(Model):
    """Correct the ledger by a row of its own. The header `Idempotency-Key` makes a retry the same.

    Name the use that it corrects, or the provider, model and month.
    """

    currency: Literal["USD"] = "USD"
    cost_usd: Annotated[
        Decimal, Field(ge=-MAX_USD, le=MAX_USD, decimal_places=9, description="Below 0: less.")
    ]
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=NO_NUL)
    ] = Field(description="For whoever reads the ledger later.")
    usage_id: UsageId | None = None
    provider: Annotated[str, Field(max_length=100, pattern=NO_NUL)] | None = None
    model: Annotated[str, Field(max_length=200, pattern=NO_NUL)] | None = None
    month: Month | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if not self.cost_usd:
            raise ValueError("a correction of 0 USD corrects nothing")
        named = (self.provider, self.model, self.month)
        if self.usage_id is None and None in named:
            raise ValueError("name the use that it corrects, or its provider, model and month")
        if self.usage_id is not None and named != (None, None, None):
            raise ValueError("provider, model and month are those of the use; name only the use")
        return self


class UsageAdjustment(Model):
    """A correction of the ledger, and who made it."""

    adjustment_id: UUID
    cost_usd: Usd
    reason: str
    provider: str
    model: str
    month: str
    usage_id: UUID | None
    adjusted_at: AwareDatetime
    adjusted_by: UUID | None = Field(description="The key that made it.")


class UsageAdjustments(Model):
    """Corrections, newest first, at most 200."""

    adjustments: tuple[UsageAdjustment, ...]


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
