"""What the ledger knows of a tenant's budget, and the terms that its account goes by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts.budgets import BudgetChanged
from contracts.usage import Month
from spending import Terms, month_end


@dataclass(frozen=True)
class BudgetHistory:
    """Budgets by version, oldest first, and how much credit was added how often."""

    changes: Sequence[BudgetChanged] = ()
    credits_usd: Decimal = Decimal(0)
    credits_count: int = 0

    def limit_at_end(self, month: Month) -> Decimal | None:
        """In force when `month` ended, in the time zone set then; None: no limit."""
        in_force = [
            change.budget
            for change in self.changes
            if change.changed_at < month_end(month, change.budget.time_zone)
        ]
        return in_force[-1].month_limit_usd if in_force else None

    def terms(self, months: Collection[Month]) -> Terms:
        """Of today, with the limits of those `months` that are over.

        Its revision counts rows that are only ever added, so a later one is a higher one.
        """
        revision = len(self.changes) + self.credits_count
        past_limits = {month: self.limit_at_end(month) for month in months}
        if not self.changes:
            return Terms(revision=revision, credits_usd=self.credits_usd, past_limits=past_limits)
        newest = self.changes[-1]
        return Terms(newest.budget, revision, newest.version, self.credits_usd, past_limits)
