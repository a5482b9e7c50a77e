"""Spenders, the sweep, the ledger and a Redis that can be lost, one step at a time.

Real are `Spending`, the accounts in Valkey, metering's handlers and its ledger in PostgreSQL. The
stream of usage facts is a list in the same Redis, so that it is lost with it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from redis.asyncio import Redis

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.ids import EventId, TenantId, UsageId
from contracts.sessions import SessionClosed
from contracts.usage import UsageIncurred
from metering.adapters.postgres_budgets import PostgresBudgets
from metering.adapters.postgres_ledger import PostgresLedger
from metering.domain.corrections import Differences
from metering.handlers.accounts import rebuild_accounts, sweep_holds
from metering.handlers.reconciliation import reconcile_accounts
from metering.handlers.usage import on_usage_incurred
from metering.ports import Kept, Publish
from runtime.bad_rows import BadRows
from runtime.database import Database
from runtime.ids import derive_id, new_id
from runtime.redis_client import reply_of
from spending import (
    Accounts,
    Booking,
    Call,
    ExpiredHold,
    Hold,
    Model,
    Quantity,
    Reconciliation,
    Spending,
)
from support.hold_times import let_holds_age

NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
FLASH: Final = Model("google", "gemini-2.5-flash-lite")
HELD_TOKENS: Final = 100_000
HELD_FOR: Final = timedelta(minutes=1)
PAST_EVERY_HOLD: Final = timedelta(minutes=10)
FACTS: Final = "usage-facts"
LOOKS: Final = 60

Snapshot = dict[bytes, tuple[bytes, int]]


class HandClock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOON).total_seconds()

    async def sleep(self, seconds: float) -> None: ...


class Step:
    """Something that stops after it stated its first fact, and goes on when it is told to."""

    def __init__(self, publish: Callable[[Envelope[Any]], Awaitable[None]]) -> None:
        self._publish = publish
        self._is_out, self._go_on = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[object] | None = None

    async def publish(self, event: Envelope[Any]) -> None:
        await self._publish(event)
        self._is_out.set()
        await self._go_on.wait()

    async def begin(self, work: Awaitable[object]) -> None:
        """Until its first fact is out, or it is over."""
        self._task = asyncio.ensure_future(work)
        out = asyncio.ensure_future(self._is_out.wait())
        await asyncio.wait([self._task, out], return_when=asyncio.FIRST_COMPLETED)
        out.cancel()

    async def finish(self) -> None:
        """Also when Redis takes no more facts: then the rest is left undone."""
        self._go_on.set()
        assert self._task is not None
        with suppress(UnavailableError):
            await self._task


class TenantsLedger(PostgresLedger):
    """The ledger as if it had one tenant: the database keeps those of all tests."""

    def __init__(self, database: Database, tenant_id: TenantId) -> None:
        super().__init__(database)
        self._tenant_id = tenant_id

    async def known_accounts(self) -> Sequence[TenantId]:
        return [one for one in await super().known_accounts() if one == self._tenant_id]

    async def spent(self, tenant_id: TenantId) -> Decimal:
        """US dollars of all months."""
        return sum((await self.months(tenant_id)).values(), Decimal(0))


@dataclass
class Money:
    """One tenant's money, from the call to the ledger.

    Attributes:
        stated: every fact that ever went out, by use.
        is_down: Redis takes no facts.
    """

    redis: Redis
    database: Database
    tenant_id: TenantId = field(default_factory=lambda: TenantId(f"t-{new_id().hex}"))
    clock: HandClock = field(default_factory=HandClock)
    stated: dict[UsageId, list[Envelope[UsageIncurred]]] = field(
        default_factory=dict[UsageId, list[Envelope[UsageIncurred]]]
    )
    is_down: bool = False

    def __post_init__(self) -> None:
        self.accounts, self.books = Accounts(self.redis), Reconciliation(self.redis)
        self.ledger = TenantsLedger(self.database, self.tenant_id)
        self.kept = Kept(self.ledger, PostgresBudgets(self.database), self.accounts)
        self.differences = Differences()
        self.spending = Spending("llm-router", self.accounts, self.publish, self.clock)
        self.origin = new_id()

    async def open(self) -> None:
        """As `parley provision` does."""
        await self.accounts.make(self.tenant_id)

    async def publish(self, event: Envelope[Any]) -> None:
        if self.is_down:
            raise UnavailableError("down")
        await reply_of(self.redis.rpush(FACTS, event.model_dump_json()))
        self.stated.setdefault(event.data.usage_id, []).append(event)

    def call(self, work: int) -> Call:
        """The same call for the same piece of work, however often it is delivered."""
        cause = Envelope[SessionClosed](
            id=EventId(derive_id(self.origin, str(work))),
            type=SessionClosed.event_type,
            tenant_id=self.tenant_id,
            occurred_at=NOON,
            data=SessionClosed(reason="closed"),
        )
        return Call(cause, "1", "llm", FLASH, Quantity.tokens(HELD_TOKENS), lifetime=HELD_FOR)

    async def started(self, work: int) -> Hold:
        """Held, and on its way to the provider."""
        async with self.spending.call(self.call(work)) as hold:
            return hold

    async def begin_settling(self, hold: Hold, tokens: int) -> Step:
        """The fact is out; the account does not know yet."""
        step = Step(self.publish)
        process = Spending("llm-router", self.accounts, step.publish, self.clock)
        await step.begin(process.settle(hold, Quantity.tokens(tokens)))
        return step

    async def begin_sweeping(self) -> Step:
        """Stops where a hold's charge was stated and not yet settled."""
        step = Step(self.publish)
        await step.begin(self._sweep(step.publish))
        return step

    async def sweep(self) -> int:
        return await self._sweep(self.publish)

    async def _sweep(self, publish: Publish) -> int:
        bad = BadRows("hold", self.clock)
        return await sweep_holds(accounts=self.accounts, publish=publish, bad=bad)

    async def later(self, by: timedelta) -> None:
        """Time goes by: for the spenders' clocks, and for the holds, which expire by Redis's."""
        self.clock.at += by
        await let_holds_age(self.redis, self.tenant_id, by)

    async def overdue(self) -> list[ExpiredHold]:
        """Every hold, as the sweep will find it."""
        await self.later(timedelta(days=1))
        found = await self.accounts.expired(self.tenant_id)
        await self.later(-timedelta(days=1))
        return found

    async def waiting(self) -> list[Envelope[UsageIncurred]]:
        """Facts that metering has not read."""
        raw = cast(list[bytes], await reply_of(self.redis.lrange(FACTS, 0, -1)))
        return [Envelope[UsageIncurred].model_validate_json(one) for one in raw]

    async def read(self, at_most: int = 1_000) -> None:
        """metering reads facts, oldest first, and acknowledges them."""
        if events := (await self.waiting())[:at_most]:
            await on_usage_incurred(events, ledger=self.ledger, books=self.books)
            await reply_of(self.redis.ltrim(FACTS, len(events), -1))

    async def append_without_booking(self) -> Sequence[Booking]:
        """metering stops between ledger and account: the facts will be delivered again."""
        events = await self.waiting()
        return await self.ledger.append(self.tenant_id, events) if events else []

    async def state_again(self, usage_id: UsageId) -> None:
        """What was stated of a use is delivered once more."""
        for event in self.stated[usage_id]:
            await reply_of(self.redis.rpush(FACTS, event.model_dump_json()))

    async def lose_redis(self, snapshot: Snapshot | None = None) -> None:
        """It comes back empty, or as it was at `snapshot`."""
        await cast(Any, self.redis).flushall()
        for key, (value, left_ms) in (snapshot or {}).items():
            await reply_of(cast(Any, self.redis).restore(key, max(left_ms, 0), value))

    async def snapshot(self) -> Snapshot:
        keys = cast(list[bytes], await reply_of(cast(Any, self.redis).keys("*")))
        return {
            key: (
                cast(bytes, await reply_of(self.redis.dump(key))),
                cast(int, await reply_of(self.redis.pttl(key))),
            )
            for key in keys
        }

    async def forget_charges(self) -> None:
        """A day later: what each use was charged is remembered no more."""
        for key in cast(list[bytes], await reply_of(cast(Any, self.redis).keys("charge:*"))):
            if await reply_of(self.redis.ttl(key)) > 0:
                await reply_of(self.redis.delete(key))

    async def rebuild(self) -> None:
        bad = BadRows("account", self.clock)
        await rebuild_accounts(kept=self.kept, bad=bad)

    async def look(self, differences: Differences | None = None) -> int:
        """One comparison by metering (or by another process of it)."""
        return await reconcile_accounts(
            kept=self.kept,
            books=self.books,
            differences=differences or self.differences,
            publish=self.publish,
            bad=BadRows("account", self.clock),
            clock=self.clock,
        )

    async def settle_down(self) -> None:
        """Nothing new happens any more; what runs for ever in the services runs for a while."""
        self.is_down = False
        await self.spending.retry_unstated()
        await self.open()
        await self.later(PAST_EVERY_HOLD)
        while await self.sweep():
            pass
        await self.read()
        for _ in range(LOOKS):
            await self.look()
            await self.read()
            if await self.agree():
                return

    async def agree(self) -> bool:
        """Whether account and ledger say the same, and nothing is on its way."""
        stated = await self.books.statement(self.tenant_id)
        return (
            stated is not None
            and not stated.unbooked
            and stated.booked_usd == await self.ledger.spent(self.tenant_id)
        )

    async def account(self) -> tuple[Decimal, Decimal]:
        """US dollars spent and held."""
        return await self.accounts.spent_and_held(self.tenant_id)

    async def rows(self) -> list[tuple[UsageId, datetime, Decimal, bool]]:
        """The uses that the ledger counts: id, when, US dollars, confirmed."""
        async with self.database.tenant(self.tenant_id) as connection:
            found = await connection.fetch(
                "SELECT usage_id, occurred_at, cost_usd, confirmed FROM metering.usage"
            )
        return [(UsageId(row[0]), row[1], row[2], row[3]) for row in found]

    async def corrections(self) -> list[Decimal]:
        """What was written of corrections, in order."""
        async with self.database.tenant(self.tenant_id) as connection:
            found = await connection.fetch(
                "SELECT usd FROM metering.account_corrections ORDER BY found_at"
            )
        return [row["usd"] for row in found]
