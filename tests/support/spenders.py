"""Spenders of one tenant's account in a real Valkey, with months that end when a test says so."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, cast

from redis.asyncio import Redis

from contracts.budgets import Budget
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId
from contracts.sessions import SessionClosed
from contracts.usage import Month, UsageIncurred
from runtime.ids import new_id
from runtime.redis_client import reply_of
from spending import Accounts, Call, Hold, Model, Quantity, Spending, Terms
from spending.account_keys import account_key

ACME: Final = TenantId("acme")
NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
FLASH: Final = Model("google", "gemini-2.5-flash-lite")
TOKENS_A_USD: Final = 10_000_000
"""Of `FLASH`, read: 0.1 USD a million."""


class Noon:
    """Stands still; a pause is over at once."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOON).total_seconds()

    async def sleep(self, seconds: float) -> None: ...


def tokens_for(usd: str | Decimal) -> Quantity:
    return Quantity.tokens(int(Decimal(usd) * TOKENS_A_USD))


class Spenders:
    """One tenant, its account, and calls of any price."""

    def __init__(self, redis: Redis, *, clock: Noon | None = None) -> None:
        self.redis, self.accounts = redis, Accounts(redis)
        self.stated: list[Envelope[UsageIncurred]] = []
        self.clock = clock or Noon()
        self.spending = Spending("llm-router", self.accounts, self._publish, self.clock)
        self.revision = 0

    async def _publish(self, event: Envelope[Any]) -> None:
        self.stated.append(event)

    async def open(self, budget: Budget | None = None, *, credits_usd: str = "0") -> None:
        await self.accounts.make(ACME)
        await self.set(budget or Budget(), credits_usd=credits_usd)

    async def set(self, budget: Budget, *, credits_usd: str = "0") -> None:
        """As metering does when a budget or a credit comes."""
        self.revision += 1
        terms = Terms(budget, self.revision, self.revision, Decimal(credits_usd))
        assert await self.accounts.apply(ACME, terms, spent_usd={})

    def call(self, usd: str, *, session_id: SessionId | None = None) -> Call:
        """That may cost so much at most."""
        cause = Envelope[SessionClosed](
            id=EventId(new_id()),
            type=SessionClosed.event_type,
            tenant_id=ACME,
            session_id=session_id,
            occurred_at=NOON,
            data=SessionClosed(reason="closed"),
        )
        return Call(cause, "1", "llm", FLASH, upper_bound=tokens_for(usd))

    async def hold(self, usd: str, *, session_id: SessionId | None = None) -> Hold:
        async with self.spending.call(self.call(usd, session_id=session_id)) as held:
            return held

    async def spend(self, usd: str, *, session_id: SessionId | None = None) -> None:
        held = await self.hold(usd, session_id=session_id)
        await held.settle(tokens_for(usd))

    async def end_month(self) -> Month:
        """The account's month is over by now; returns which."""
        key = account_key(ACME)
        month = cast(bytes, await reply_of(self.redis.hget(key, "month")))
        await reply_of(self.redis.hset(key, "month_ends", "1"))
        return month.decode()
