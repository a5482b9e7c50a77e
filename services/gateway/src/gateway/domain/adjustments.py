"""What a correction of the ledger means."""

from datetime import datetime

from contracts.budgets import UsageAdjusted
from contracts.http import UsageAdjustment
from spending import Model, has_price


def is_same(one: UsageAdjusted, other: UsageAdjusted) -> bool:
    """Whether both correct the same by as much, whoever asks and when."""
    whose = {"adjusted_at", "adjusted_by"}
    return one.model_dump(exclude=whose) == other.model_dump(exclude=whose)


def shown(made: UsageAdjusted) -> UsageAdjustment:
    return UsageAdjustment.model_validate(made.model_dump())


def is_listed(provider: str, model: str, at: datetime) -> bool:
    """Whether a price list knows the model on that day."""
    return has_price(Model(provider, model), at)
