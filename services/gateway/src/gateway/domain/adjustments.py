"""What a correction of the ledger means."""

from contracts.budgets import UsageAdjusted
from contracts.http import UsageAdjustment


def is_same(one: UsageAdjusted, other: UsageAdjusted) -> bool:
    """Whether both correct the same by as much, whoever asks and when."""
    whose = {"adjusted_at", "adjusted_by"}
    return one.model_dump(exclude=whose) == other.model_dump(exclude=whose)


def shown(made: UsageAdjusted) -> UsageAdjustment:
    return UsageAdjustment.model_validate(made.model_dump())
