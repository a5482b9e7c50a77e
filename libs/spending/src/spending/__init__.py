"""Prices, holds, settlement."""

from spending.accounts import (
    Accounts,
    BudgetRefusedError,
    ExpiredHold,
    NoAccountError,
    account_key,
)
from spending.baseline import BASELINE, baseline_usd
from spending.holds import Call, Hold, Spending
from spending.prices import LOCAL, TIERS, Model, Priced, Quantity, estimate, price
from spending.streaming_meter import StreamingUsageMeter
from spending.usage_recorder import UsageRecorder

__all__ = [
    "BASELINE",
    "LOCAL",
    "TIERS",
    "Accounts",
    "BudgetRefusedError",
    "Call",
    "ExpiredHold",
    "Hold",
    "Model",
    "NoAccountError",
    "Priced",
    "Quantity",
    "Spending",
    "StreamingUsageMeter",
    "UsageRecorder",
    "account_key",
    "baseline_usd",
    "estimate",
    "price",
]
