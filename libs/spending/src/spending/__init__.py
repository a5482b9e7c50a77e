"""Prices, holds, settlement."""

from spending.accounts import (
    Accounts,
    BudgetRefusedError,
    ExpiredHold,
    NoAccountError,
    account_key,
)
from spending.baseline import BASELINE, BASELINE_ASSUMPTIONS, baseline_usd
from spending.holds import Call, Hold, HoldGoneError, Spending
from spending.prices import (
    LOCAL,
    NANO_USD,
    TIERS,
    Model,
    OwnPrice,
    OwnPrices,
    Priced,
    Quantity,
    UnknownPriceError,
    estimate,
    price,
)
from spending.reconciliation import Booking, Reconciliation, Statement
from spending.redis_access import KEEPS_ACCOUNTS, SPENDS
from spending.streaming_meter import StreamingUsageMeter
from spending.usage_recorder import UsageRecorder

__all__ = [
    "BASELINE",
    "BASELINE_ASSUMPTIONS",
    "KEEPS_ACCOUNTS",
    "LOCAL",
    "NANO_USD",
    "SPENDS",
    "TIERS",
    "Accounts",
    "Booking",
    "BudgetRefusedError",
    "Call",
    "ExpiredHold",
    "Hold",
    "HoldGoneError",
    "Model",
    "NoAccountError",
    "OwnPrice",
    "OwnPrices",
    "Priced",
    "Quantity",
    "Reconciliation",
    "Spending",
    "Statement",
    "StreamingUsageMeter",
    "UnknownPriceError",
    "UsageRecorder",
    "account_key",
    "baseline_usd",
    "estimate",
    "price",
]
