"""A step and an alert are told once each, whoever notices them and wherever it dies."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from contracts.budgets import Budget, BudgetAlertRaised, BudgetChanged, BudgetStepChanged
from contracts.fact import Envelope, Fact
from contracts.streams import stream_key
from metering.adapters.postgres_budgets import PostgresBudgets
from metering.handlers.budgets import apply_terms
from metering.handlers.notices import PublishOnce, notice_budgets
from metering.ports import Kept
from runtime.bad_rows import BadRows
from runtime.bus import Publisher
from runtime.database import Database
from runtime.redis_client import reply_of
from spending import Accounts, Quantity
from spending.account_keys import account_key
from support.money import NOON, Money

TOKENS_A_CENT = 100_000
Act = Callable[..., Coroutine[Any, Any, Any]]


class KilledError(BaseException):
    """As kill -9: nothing after it runs."""


@dataclass
class Watch:
    """A tenant with a budget, and processes of metering that look at it."""

    money: Money
    calls: int = 0
    versions: int = 0
    publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        self.publisher = Publisher(self.money.redis)

    async def set(self, limit: str) -> None:
        self.versions += 1
        await self.money.kept.budgets.add_budget(
            self.money.tenant_id,
            BudgetChanged(
                version=self.versions,
                budget=Budget(month_limit_usd=Decimal(limit)),
                changed_at=NOON,
                changed_by=None,
            ),
        )
        await apply_terms(self.money.tenant_id, self.money.kept)

    async def spend(self, share: str) -> None:
        """Of 0.01 USD."""
        self.calls += 1
        used = Quantity.tokens(int(Decimal(share) * TOKENS_A_CENT))
        call = replace(self.money.call(self.calls), upper_bound=used)
        async with self.money.spending.call(call) as held:
            await held.settle(used)

    async def look(self, *, kept: Kept | None = None, publish: PublishOnce | None = None) -> None:
        await notice_budgets(
            kept=kept or self.money.kept,
            publish_once=publish or self.publish_once,
            clock=self.money.clock,
            bad=BadRows("account", self.money.clock),
        )

    async def publish_once(self, event: Envelope[Any]) -> object:
        return await self.publisher.publish_once(event, service="metering")

    async def told(self, fact: type[Fact]) -> list[Any]:
        stream = stream_key(fact.event_type, 0)
        rows = cast(list[Any], await reply_of(cast(Any, self.money.redis).xrange(stream)))
        return [Envelope[fact].model_validate_json(row[b"__data__"]).data for _, row in rows]

    async def steps(self) -> list[tuple[int, str, str]]:
        return [(one.number, one.before, one.step) for one in await self.told(BudgetStepChanged)]

    async def alerts(self) -> list[int]:
        return [one.percent for one in await self.told(BudgetAlertRaised)]


@pytest.fixture
async def watch(redis: Redis, service_urls: dict[str, str]) -> AsyncIterator[Watch]:
    async with Database(service_urls["metering"], application="test") as database:
        money = Money(redis, database)
        await money.open()
        yield Watch(money)


async def test_each_step_and_each_alert_is_told_once_however_often_it_is_seen(watch: Watch) -> None:
    await watch.set("0.01")
    for share in ("0.55", "0.20", "0.12", "0.13"):
        await watch.spend(share)
        await watch.look()
        await watch.look()
    assert await watch.steps() == [
        (1, "full", "fewer_frames"),
        (2, "fewer_frames", "cheaper"),
        (3, "cheaper", "refused"),
    ]
    assert await watch.alerts() == [50, 80, 100]


async def test_two_processes_that_look_at_once_tell_it_once(watch: Watch) -> None:
    await watch.set("0.01")
    await watch.spend("0.9")
    await asyncio.gather(*(watch.look() for _ in range(8)))
    await asyncio.gather(*(watch.look() for _ in range(8)))
    assert await watch.steps() == [(1, "full", "cheaper")]
    assert await watch.alerts() == [50, 80]


@pytest.mark.parametrize("dies_at", range(1, 6))
async def test_whoever_dies_on_the_way_leaves_it_to_the_next_who_tells_it_once(
    watch: Watch, dies_at: int
) -> None:
    """Before and after each of: the row, each fact, the account's note."""
    await watch.set("0.01")
    await watch.spend("0.75")
    done = 0

    def mortal(act: Act) -> Act:
        async def acted(*args: Any, **more: Any) -> Any:
            nonlocal done
            result = await act(*args, **more)
            done += 1
            if done == dies_at:
                raise KilledError
            return result

        return acted

    class MortalBudgets(PostgresBudgets):
        add_notices = cast(Any, mortal(PostgresBudgets.add_notices))

    class MortalAccounts(Accounts):
        notice = cast(Any, mortal(Accounts.notice))

    dying = Kept(
        watch.money.ledger,
        MortalBudgets(watch.money.database),
        MortalAccounts(watch.money.redis),
    )
    with suppress(KilledError):
        await watch.look(kept=dying, publish=mortal(watch.publish_once))
    await watch.look()
    await watch.look()
    assert await watch.steps() == [(1, "full", "fewer_frames")]
    assert await watch.alerts() == [50]


async def test_more_money_and_a_new_month_bring_the_tenant_back_up(watch: Watch) -> None:
    await watch.set("0.01")
    await watch.spend("0.99")
    await watch.look()
    await watch.set("1")
    await watch.look()
    await watch.set("0.01")
    await watch.look()
    key = account_key(watch.money.tenant_id)
    await reply_of(watch.money.redis.hset(key, "month_ends", "1"))
    await watch.look()
    steps = await watch.steps()
    assert [step for _, _, step in steps] == ["text_only", "full", "text_only", "full"]
    assert [number for number, _, _ in steps] == [1, 2, 3, 4]
    await watch.spend("0.99")
    await watch.look()
    assert await watch.alerts() == [50, 80, 50, 80]


async def test_after_redis_was_lost_nothing_is_told_again(watch: Watch) -> None:
    await watch.set("0.01")
    await watch.spend("0.9")
    await watch.look()
    await watch.money.read()
    await watch.money.lose_redis()
    await watch.money.rebuild()
    await watch.look()
    assert await watch.steps() == []
    await watch.spend("0.06")
    await watch.look()
    assert await watch.steps() == [(2, "cheaper", "text_only")]
    assert await watch.alerts() == []


async def test_a_limit_that_is_taken_away_is_told(watch: Watch) -> None:
    await watch.set("0.01")
    await watch.spend("1")
    await watch.look()
    await watch.money.kept.budgets.add_budget(
        watch.money.tenant_id,
        BudgetChanged(version=2, budget=Budget(), changed_at=NOON, changed_by=None),
    )
    await apply_terms(watch.money.tenant_id, watch.money.kept)
    await watch.look()
    [_, last] = await watch.told(BudgetStepChanged)
    assert (last.step, last.limit_usd) == ("full", None)
