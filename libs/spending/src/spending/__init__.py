"""Prices, holds, settlement."""

from spending.account_keys import account_key
from spending.accounts import (
    Accounts,
    BudgetRefusedError,
    ExpiredHold,
    NoAccountError,
)
from spending.baseline import BASELINE, BASELINE_ASSUMPTIONS, baseline_usd
from spending.holds import Call, Cause, Hold, HoldGoneError, Spending
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
    has_price,
    price,
)
from spending.reconciliation import Booking, Reconciliation, Statement
from spending.redis_access import KEEPS_ACCOUNTS, READS_BUDGETS, SPENDS
from spending.steps import AccountBudget, BudgetSteps, Noticed, step_of
from spending.streaming_meter import StreamingUsageMeter
from spending.terms import Terms, month_end
from spending.usage_recorder import UsageRecorder

__all__ = [
    "BASELINE",
    "BASELINE_ASSUMPTIONS",
    "KEEPS_ACCOUNTS",
    "LOCAL",
    "NANO_USD",
    "READS_BUDGETS",
    "SPENDS",
    "TIERS",
    "AccountBudget",
    "Accounts",
    "Booking",
    "BudgetRefusedError",
    "BudgetSteps",
    "Call",
    "Cause",
    "ExpiredHold",
    "Hold",
    "HoldGoneError",
    "Model",
    "NoAccountError",
    "Noticed",
    "OwnPrice",
    "OwnPrices",
    "Priced",
    "Quantity",
    "Reconciliation",
    "Spending",
    "Statement",
    "StreamingUsageMeter",
    "Terms",
    "UnknownPriceError",
    "UsageRecorder",
    "account_key",
    "baseline_usd",
    "estimate",
    "has_price",
    "month_end",
    "price",
    "step_of",
]
