from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from redis.asyncio import Redis

from contracts.budgets import BudgetStep
from contracts.errors import RejectedError
from contracts.ids import TenantId
from contracts.usage import Month
from gateway.domain.budgets.forecast import month_at
from runtime.clock import Clock
from runtime.redis_client import reply_of

_NANO = Decimal(1_000_000_000)


@dataclass(frozen=True)
class AccountStanding:
    """How one account stands; US dollars."""

    month: Month
    spent_usd: Decimal
    held_usd: Decimal
    credit_usd: Decimal
    step: BudgetStep
    version: int


class RedisAccountBudgets:
    """Until `spending.Accounts.budget` is there, what the account's hash says."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    async def budget(self, tenant_id: TenantId) -> AccountStanding:
        names = ["spent", "held", "credit", "month", "month_spent", "budget_version"]
        row = cast(
            list[bytes | None],
            await reply_of(cast(Any, self._redis).hmget(f"account:{{{tenant_id}}}", names)),
        )
        spent, held, credit, month, month_spent, version = (
            value.decode() if value is not None else None for value in row
        )
        if spent is None:
            raise RejectedError("this tenant has no account", code="no_account")
        return AccountStanding(
            month=month or month_at(self._clock.now(), "UTC"),
            spent_usd=Decimal(month_spent or spent) / _NANO,
            held_usd=Decimal(held or 0) / _NANO,
            credit_usd=Decimal(credit or 0) / _NANO,
            step="full",
            version=int(version or 0),
        )
