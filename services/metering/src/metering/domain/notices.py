"""What is worth telling of a budget: another step of the ladder, a percentage that was spent."""

from dataclasses import dataclass
from datetime import datetime

from contracts.budgets import BudgetAlertRaised, BudgetStepChanged
from spending import AccountBudget


@dataclass(frozen=True)
class Notice:
    """One thing to tell, and when it was noticed."""

    fact: BudgetStepChanged | BudgetAlertRaised
    at: datetime


def decide_notices(budget: AccountBudget, at: datetime) -> list[Notice]:
    """What was not told yet of an account as it stands."""
    total, facts = budget.total_usd, list[BudgetStepChanged | BudgetAlertRaised]()
    if budget.month and budget.step != budget.noticed.step:
        facts.append(
            BudgetStepChanged(
                number=budget.noticed.number + 1,
                month=budget.month,
                before=budget.noticed.step,
                step=budget.step,
                spent_usd=budget.spent_usd,
                limit_usd=total,
            )
        )
    if budget.month and total is not None and budget.spent_usd > 0:
        told = budget.noticed.alerts if budget.noticed.month == budget.month else frozenset[int]()
        facts += [
            BudgetAlertRaised(
                month=budget.month,
                percent=percent,
                spent_usd=budget.spent_usd,
                limit_usd=total,
            )
            for percent in sorted(set(budget.alerts_at) - told)
            if budget.spent_usd * 100 >= total * percent
        ]
    return [Notice(fact, at) for fact in facts]
