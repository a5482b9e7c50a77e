"""What an account goes by: its budget, its credit, and when its months end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from contracts.budgets import Budget
from contracts.usage import Month
from spending.account_keys import nano, nano_or_none

MONTHS_AHEAD: Final = 13
NO_BUDGET: Final = Budget()


@dataclass(frozen=True)
class Terms:
    """What the ledger knows of a tenant's budget.

    Attributes:
        revision: counts up with each change and each credit; an older one changes nothing.
        version: of the budget; 0: nobody set one.
        credits_usd: all that was ever added.
        past_limits: of months that are over, as they were in force at each month's end.
    """

    budget: Budget = NO_BUDGET
    revision: int = 0
    version: int = 0
    credits_usd: Decimal = Decimal(0)
    past_limits: Mapping[Month, Decimal | None] = field(default_factory=dict[Month, Decimal | None])


def month_at(at: datetime, zone: str) -> Month:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m}"


def next_month(month: Month) -> Month:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def month_end(month: Month, zone: str) -> datetime:
    """Midnight of the next month's first day, there."""
    after = next_month(month)
    return datetime(int(after[:4]), int(after[5:]), 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def month_ends_ms(at: datetime, zone: str) -> dict[Month, int]:
    """From this month on, `MONTHS_AHEAD` of them."""
    month, ends = month_at(at, zone), dict[Month, int]()
    for _ in range(MONTHS_AHEAD):
        ends[month] = int(month_end(month, zone).timestamp() * 1000)
        month = next_month(month)
    return ends


def as_fields(terms: Terms, at: datetime, spent_usd: Mapping[Month, Decimal]) -> str:
    """For `keep.lua`."""
    budget, ends = terms.budget, month_ends_ms(at, terms.budget.time_zone)
    ladder = budget.ladder
    fields = {
        "limit": nano_or_none(budget.month_limit_usd),
        "session_limit": nano_or_none(budget.session_limit_usd),
        "hard": "1" if budget.hard else "0",
        "ladder": f"{ladder.fewer_frames},{ladder.cheaper},{ladder.text_only}",
        "alerts": ",".join(str(percent) for percent in budget.alerts_at),
        "budget_version": str(terms.version),
        "credits": str(nano(terms.credits_usd)),
        "months": json.dumps(ends),
    }
    return json.dumps(
        {
            "revision": terms.revision,
            "month": month_at(at, budget.time_zone),
            "months": ends,
            "spent": {month: str(nano(usd)) for month, usd in spent_usd.items()},
            "limits": {month: nano_or_none(usd) for month, usd in terms.past_limits.items()},
            "fields": fields,
        }
    )
