"""Budgets: how much a tenant may spend, and what happens as the end comes near.

The gateway keeps what an administrator set and states it; metering keeps the account by it.
Money is decimal US dollars, exact to the nano-dollar.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, ClassVar, Final, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from contracts.fact import Fact, Model
from contracts.ids import KeyId, UsageId
from contracts.usage import Month, Usd

BudgetStep = Literal["full", "fewer_frames", "cheaper", "text_only", "refused"]
"""Where a tenant stands on the ladder; each step keeps what the ones before it gave up."""
STEPS: Final[tuple[BudgetStep, ...]] = ("full", "fewer_frames", "cheaper", "text_only", "refused")

MAX_USD: Final = Decimal(1_000_000)
"""Of one budget or credit; accounts count exactly up to nine times as much."""
Limit = Annotated[Usd, Field(ge=0, le=MAX_USD, decimal_places=9)]
Reason = Annotated[str, Field(min_length=1, max_length=300)]
Percent = Annotated[int, Field(ge=1, le=100)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone is called {name!r}; write it like Europe/Berlin") from error
    return name


class Ladder(Model):
    """Percent of the month's budget from which each step holds; the last is always at its end."""

    fewer_frames: Percent = Field(
        default=70, description="Fewer frames are kept, and none is described ahead."
    )
    cheaper: Percent = Field(default=85, description="Only the cheapest tier answers.")
    text_only: Percent = Field(default=95, description="Answers are written, not spoken.")

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        steps = (self.fewer_frames, self.cheaper, self.text_only)
        if any(before > after for before, after in pairwise(steps)):
            raise ValueError("a later step of the ladder cannot begin before an earlier one")
        return self


class Budget(Model):
    """What a tenant may spend, as its administrator sets it."""

    currency: Literal["USD"] = "USD"
    month_limit_usd: Limit | None = Field(
        default=None,
        description="For each calendar month; None: no limit. 0 with credit is a prepaid account.",
    )
    session_limit_usd: Limit | None = Field(default=None, description="For each session.")
    hard: bool = Field(
        default=True,
        description="At its end calls are refused; a soft budget tells of it, and refuses nothing.",
    )
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_known_zone)] = Field(
        default="UTC", description="Whose midnight begins a month, as in the IANA database."
    )
    ladder: Ladder = Ladder()
    alerts_at: tuple[Percent, ...] = Field(
        default=(50, 80, 100), max_length=10, description="Percent of the month's budget."
    )


class BudgetChanged(Fact):
    """A tenant's budget as it is from now on. Ordered by tenant."""

    event_type: ClassVar[str] = "usage.budget_changed.v1"
    version: int = Field(ge=1, description="Counts up with every change.")
    budget: Budget
    changed_at: AwareDatetime
    changed_by: KeyId | None = Field(description="None: whoever runs Parley.")

    @property
    def key(self) -> str:
        return str(self.version)


class CreditAdded(Fact):
    """Prepaid money beside the month's budget; it lasts until it is spent. Ordered by tenant."""

    event_type: ClassVar[str] = "usage.credit_added.v1"
    credit_id: UUID
    usd: Annotated[Decimal, Field(gt=0, le=MAX_USD, decimal_places=9)]
    reason: Reason
    added_at: AwareDatetime
    added_by: KeyId | None = Field(description="None: whoever runs Parley.")

    @property
    def key(self) -> str:
        return str(self.credit_id)


class BudgetStepChanged(Fact):
    """A tenant stands on another step of the ladder. Ordered by tenant."""

    event_type: ClassVar[str] = "usage.budget_step_changed.v1"
    number: int = Field(ge=1, description="Counts up in each account.")
    month: Month
    before: BudgetStep
    step: BudgetStep
    spent_usd: Usd
    limit_usd: Usd | None = Field(
        description="The month's, with the credit that was left; None: the limit was taken away."
    )

    @property
    def key(self) -> str:
        return f"{self.month}/{self.number}"


class BudgetAlertRaised(Fact):
    """A percentage of the month's budget was spent; once in a month. Ordered by tenant."""

    event_type: ClassVar[str] = "usage.budget_alert_raised.v1"
    month: Month
    percent: Percent
    spent_usd: Usd
    limit_usd: Usd

    @property
    def key(self) -> str:
        return f"{self.month}/{self.percent}"


class BudgetBody(Budget):
    """Replace the budget."""

    version: int = Field(
        ge=0, description="As it was read; another one has been set since: 409. 0: never set."
    )


class BudgetState(Model):
    """A tenant's budget and what is left of it.

    `limit_usd` and `credit_usd`: what may still be spent is limit + credit - spent - held.
    """

    tenant_id: str
    version: int = Field(ge=0, description="0: nobody set a budget.")
    month: Month
    limit_usd: Usd | None
    spent_usd: Usd = Field(description="In this month.")
    held_usd: Usd = Field(description="Set aside for calls that are under way.")
    credit_usd: Usd = Field(description="Left when the month began, and added since.")
    step: BudgetStep
    forecast_usd: Usd | None = Field(
        default=None, description="What the month comes to if it goes on like this; None: too new."
    )
    budget: Budget
    applied: bool = Field(
        default=True, description="False until every service goes by this version, within seconds."
    )


class UsageAdjusted(Fact):
    """A correction of the ledger by hand: a row of its own, with a reason. Ordered by tenant."""

    event_type: ClassVar[str] = "usage.usage_adjusted.v1"
    adjustment_id: UUID
    cost_usd: Annotated[
        Decimal, Field(ge=-MAX_USD, le=MAX_USD, decimal_places=9, description="Below 0: less.")
    ]
    reason: Reason
    provider: str
    model: str
    month: Month = Field(description="Whose sum it changes.")
    usage_id: UsageId | None = Field(default=None, description="The row that it corrects.")
    adjusted_at: AwareDatetime
    adjusted_by: KeyId | None = Field(description="None: whoever runs Parley.")

    @property
    def key(self) -> str:
        return str(self.adjustment_id)
