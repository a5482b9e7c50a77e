"""What the ledger knows of budgets, and which limit a month that is over had."""

from datetime import UTC, datetime
from decimal import Decimal

from contracts.budgets import Budget, BudgetChanged
from metering.domain.budgets import BudgetHistory


def changed(version: int, limit: str | None, at: datetime, zone: str = "UTC") -> BudgetChanged:
    budget = Budget.model_validate({"month_limit_usd": limit, "time_zone": zone})
    return BudgetChanged(version=version, budget=budget, changed_at=at, changed_by=None)


def test_a_month_has_the_limit_that_was_in_force_when_it_ended() -> None:
    history = BudgetHistory(
        (
            changed(1, "5", datetime(2026, 9, 10, tzinfo=UTC)),
            changed(2, "7", datetime(2026, 10, 31, 23, 59, tzinfo=UTC)),
            changed(3, None, datetime(2026, 11, 1, tzinfo=UTC)),
        )
    )
    limits = history.terms(["2026-08", "2026-09", "2026-10", "2026-11"]).past_limits
    assert limits == {"2026-08": None, "2026-09": 5, "2026-10": 7, "2026-11": None}


def test_a_month_ends_in_the_time_zone_that_was_set_then() -> None:
    # 23:30 UTC on the 31st is the first of November in Berlin.
    at = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert BudgetHistory((changed(1, "5", at),)).limit_at_end("2026-10") == 5
    berlin = BudgetHistory((changed(1, "5", at, "Europe/Berlin"),))
    assert (berlin.limit_at_end("2026-10"), berlin.limit_at_end("2026-11")) == (None, 5)


def test_each_change_and_each_credit_makes_a_later_revision() -> None:
    one = changed(1, "5", datetime(2026, 9, 10, tzinfo=UTC))
    none, credit = BudgetHistory().terms([]), BudgetHistory((), Decimal(3), 1).terms([])
    both = BudgetHistory((one,), Decimal(3), 1).terms([])
    assert [terms.revision for terms in (none, credit, both)] == [0, 1, 2]
    assert (both.version, both.credits_usd, both.budget) == (1, 3, one.budget)
