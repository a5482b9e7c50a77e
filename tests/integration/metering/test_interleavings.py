"""Account and ledger end with the same sum, whatever came between a call and its row."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from contracts.budgets import Budget, BudgetChanged
from contracts.fact import Envelope
from contracts.ids import SessionId, TenantId, UsageId
from metering.domain.corrections import Differences
from runtime.database import Database
from runtime.ids import new_id
from runtime.redis_client import reply_of
from spending import Accounts, HoldGoneError, Quantity, Spending
from spending.account_keys import account_key
from support.money import HELD_FOR, Money

USED = Quantity.tokens(7_000)
USED_USD = Decimal("0.0007")
UPPER_USD = Decimal("0.01")


@pytest.fixture
async def money(redis: Redis, service_urls: dict[str, str]) -> AsyncIterator[Money]:
    async with Database(service_urls["metering"], application="test") as database:
        opened = Money(redis, database)
        await opened.open()
        yield opened


class StalledAccounts(Accounts):
    """Of a process that does nothing for minutes after it held money."""

    def __init__(self, money: Money) -> None:
        super().__init__(money.redis)
        self._money = money

    async def started(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        await self._money.later(HELD_FOR * 2)
        await self._money.sweep()
        return await super().started(tenant_id, usage_id)


async def both(money: Money) -> tuple[Decimal, Decimal]:
    """Account and ledger, once nothing is held any more."""
    spent, held = await money.account()
    assert held == 0
    return spent, await money.ledger.spent(money.tenant_id)


async def test_the_spender_may_settle_between_the_sweeps_fact_and_its_settlement(
    money: Money,
) -> None:
    hold = await money.started(1)
    await money.later(HELD_FOR * 2)
    sweep = await money.begin_sweeping()
    await hold.settle(USED)
    await sweep.finish()
    await money.read()
    assert await both(money) == (USED_USD, USED_USD)


async def test_the_sweep_may_settle_between_the_spenders_fact_and_its_settlement(
    money: Money,
) -> None:
    hold = await money.started(1)
    settling = await money.begin_settling(hold, 7_000)
    await money.later(HELD_FOR * 2)
    await money.sweep()
    await settling.finish()
    await money.read()
    assert await both(money) == (USED_USD, USED_USD)


async def test_a_call_whose_hold_was_swept_before_it_started_is_not_made(money: Money) -> None:
    hold = await money.spending.hold(money.call(1))
    await money.later(HELD_FOR * 2)
    assert await money.sweep() == 1
    assert not await money.accounts.started(money.tenant_id, hold.usage_id)
    await money.read()
    assert await both(money) == (0, 0)


async def test_a_call_of_a_stalled_process_is_refused_and_can_be_made_again(money: Money) -> None:
    slow = Spending("llm-router", StalledAccounts(money), money.publish, money.clock)
    with pytest.raises(HoldGoneError):
        async with slow.call(money.call(1)):
            pytest.fail("the call was made")
    await (await money.started(1)).settle(USED)
    await money.read()
    assert await both(money) == (USED_USD, USED_USD)


async def test_a_hold_that_starts_while_it_is_swept_is_not_released(money: Money) -> None:
    hold = await money.spending.hold(money.call(1))
    await money.later(HELD_FOR * 2)
    [expired] = await money.accounts.expired(money.tenant_id)
    assert not expired.started
    assert await money.accounts.started(money.tenant_id, hold.usage_id)
    assert not await money.accounts.release(expired.charge)
    await money.sweep()
    await money.read()
    assert await both(money) == (UPPER_USD, UPPER_USD)


async def test_a_settlement_counts_though_redis_lost_its_hold(money: Money) -> None:
    before = await money.started(1)
    await before.settle(USED)
    await money.read()
    hold = await money.started(2)
    await money.lose_redis()
    await money.rebuild()
    await hold.settle(USED)
    await money.read()
    assert await both(money) == (USED_USD * 2, USED_USD * 2)


async def test_a_bill_outlives_its_hold_while_redis_is_away_and_comes_back_empty(
    money: Money,
) -> None:
    hold = await money.started(1)
    money.is_down = True
    await hold.settle(USED)
    await money.later(HELD_FOR * 10)
    assert await money.spending.retry_unstated() == 1
    await money.lose_redis()
    await money.open()
    money.is_down = False
    assert await money.spending.retry_unstated() == 0
    await money.read()
    assert await both(money) == (USED_USD, USED_USD)


async def test_the_same_work_after_its_settlement_is_charged_once(money: Money) -> None:
    await (await money.started(1)).settle(USED)
    await money.read()
    await (await money.started(1)).settle(USED)
    await money.read()
    assert await both(money) == (USED_USD, USED_USD)


async def test_the_same_work_left_unsettled_the_second_time_stays_at_what_is_known(
    money: Money,
) -> None:
    await (await money.started(1)).settle(USED)
    await money.started(1)
    await money.later(HELD_FOR * 2)
    await money.sweep()
    await money.read()
    assert await both(money) == (USED_USD, USED_USD)


async def test_a_swept_use_is_charged_what_it_cost_when_that_is_known(money: Money) -> None:
    hold = await money.started(1)
    await money.later(HELD_FOR * 2)
    await money.sweep()
    await money.read()
    assert await both(money) == (UPPER_USD, UPPER_USD)
    await hold.settle(USED)
    await money.read()
    assert await both(money) == (USED_USD, USED_USD)


async def test_an_account_that_came_back_older_than_the_ledger_is_corrected_once(
    money: Money,
) -> None:
    older = await money.snapshot()
    await (await money.started(1)).settle(USED)
    await money.read()
    await money.lose_redis(older)
    assert [await money.look(), await money.look(), await money.look()] == [0, 1, 0]
    assert await both(money) == (USED_USD, USED_USD)
    assert await money.corrections() == [USED_USD]


async def test_two_processes_that_see_the_same_difference_correct_it_once(money: Money) -> None:
    await money.redis.hincrby(account_key(money.tenant_id), "spent", 4_300)
    await (await money.started(1)).settle(USED)
    await money.read()
    other = Differences()
    await money.look()
    await money.look(other)
    assert await money.look() + await money.look(other) == 1
    assert await both(money) == (USED_USD, USED_USD)
    assert await money.corrections() == [-Decimal("0.0000043")]


async def test_a_correction_that_a_dying_process_wrote_is_made_by_the_next(money: Money) -> None:
    await (await money.started(1)).settle(USED)
    await money.read()
    await money.redis.hincrby(account_key(money.tenant_id), "spent", 4_300)
    stated = await money.books.statement(money.tenant_id)
    assert stated is not None
    ledger = await money.ledger.months(money.tenant_id)
    money.differences.judge(money.tenant_id, ledger, stated, money.clock.now())
    [found] = money.differences.judge(money.tenant_id, ledger, stated, money.clock.now())
    await money.ledger.add_correction(money.tenant_id, found)  # and here it dies

    restarted = Differences()
    await money.later(timedelta(minutes=2))
    assert [await money.look(restarted) for _ in range(3)] == [0, 1, 0]
    assert await both(money) == (USED_USD, USED_USD)
    assert await money.corrections() == [found.usd]


async def test_what_is_on_its_way_to_the_ledger_is_no_difference(money: Money) -> None:
    await (await money.started(1)).settle(USED)
    assert [await money.look() for _ in range(3)] == [0, 0, 0]
    assert await money.account() == (USED_USD, 0)
    await money.read()
    assert await money.agree()


async def test_a_charge_that_its_row_preceded_by_a_lost_redis_is_found(money: Money) -> None:
    hold = await money.started(1)
    older = await money.snapshot()
    settling = await money.begin_settling(hold, 7_000)
    await money.read()
    await money.lose_redis(older)
    await settling.finish()  # the hold is back, the fact is gone from the stream
    await money.settle_down()
    assert await both(money) == (USED_USD, USED_USD)


async def test_a_fact_that_redis_lost_is_stated_again_from_its_charge(money: Money) -> None:
    hold = await money.started(1)
    older = await money.snapshot()
    settling = await money.begin_settling(hold, 7_000)
    await money.lose_redis(older)
    await settling.finish()  # charged, and no fact says so
    assert await money.waiting() == []
    assert [await money.look(), await money.look()] == [0, 0]
    await money.read()
    assert await both(money) == (USED_USD, USED_USD)
    assert await money.corrections() == []


async def test_a_swept_use_that_is_made_again_next_month_is_paid_by_that_month_alone(
    money: Money,
) -> None:
    await money.started(1)
    await money.later(HELD_FOR * 2)
    await money.sweep()
    await money.read()
    key = account_key(money.tenant_id)
    await reply_of(money.redis.hset(key, "month_ends", "1"))
    hold = await money.started(1)
    await hold.settle(USED)
    await money.read()
    stated = await money.books.statement(money.tenant_id)
    assert stated is not None
    paid = {month: usd for month, usd in stated.months_usd.items() if usd}
    assert paid == {hold.month: USED_USD} == await money.ledger.months(money.tenant_id)


async def test_what_a_session_lacks_after_redis_came_back_older_is_put_right(money: Money) -> None:
    session_id = SessionId(new_id())
    await money.kept.budgets.add_budget(
        money.tenant_id,
        BudgetChanged(
            version=1,
            budget=Budget(session_limit_usd=UPPER_USD),
            changed_at=money.clock.now(),
            changed_by=None,
        ),
    )
    older = await money.snapshot()
    call = money.call(1)
    cause = cast("Envelope[Any]", call.cause).model_copy(update={"session_id": session_id})
    async with money.spending.call(replace(call, cause=cause)) as hold:
        await hold.settle(USED)
    await money.read()
    await money.lose_redis(older)
    await money.look()
    await money.look()
    assert await money.books.sessions(money.tenant_id, [session_id]) == {session_id: USED_USD}
    await money.look()
    assert await money.books.sessions(money.tenant_id, [session_id]) == {session_id: USED_USD}
