"""What an account allows: in a month, in a session, and beyond both by credit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from contracts.budgets import Budget, Ladder
from contracts.ids import SessionId
from runtime.ids import new_id
from spending import BudgetRefusedError, BudgetSteps, Terms
from spending.account_keys import account_key
from support.hold_times import let_holds_age
from support.spenders import ACME, NOON, Noon, Spenders, tokens_for

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def limited(usd: str | None, **other: object) -> Budget:
    return Budget.model_validate({"month_limit_usd": usd, **other})


@pytest.fixture
def spenders(redis: Redis) -> Spenders:
    return Spenders(redis)


async def test_a_month_takes_its_limit_and_not_a_nano_dollar_more(spenders: Spenders) -> None:
    await spenders.open(limited("1.5"))
    await spenders.spend("1")
    await spenders.spend("0.5")
    with pytest.raises(BudgetRefusedError, match="tenant's budget"):
        await spenders.hold("0.0000001")
    budget = await spenders.accounts.budget(ACME)
    assert (budget.spent_usd, budget.held_usd, budget.limit_usd) == (
        Decimal("1.5"),
        0,
        Decimal("1.5"),
    )


async def test_the_next_month_begins_with_nothing_spent(spenders: Spenders) -> None:
    await spenders.open(limited("1"))
    await spenders.spend("1")
    await spenders.end_month()
    await spenders.spend("0.75")
    assert (await spenders.accounts.budget(ACME)).spent_usd == Decimal("0.75")
    assert await spenders.accounts.spent_and_held(ACME) == (Decimal("1.75"), 0)


async def test_what_a_month_leaves_over_is_not_carried_on(spenders: Spenders) -> None:
    await spenders.open(limited("1"))
    await spenders.spend("0.2")
    await spenders.end_month()
    with pytest.raises(BudgetRefusedError):
        await spenders.hold("1.1")


async def test_a_call_over_the_months_end_is_paid_by_the_month_it_was_held_in(
    spenders: Spenders,
) -> None:
    await spenders.open(limited("1"))
    held = await spenders.hold("0.9")
    month = await spenders.end_month()
    # As long as it is open nobody knows what it takes of the credit, so it is held here too.
    with pytest.raises(BudgetRefusedError):
        await spenders.hold("0.2")
    await held.settle(tokens_for("0.3"))
    assert [event.data.month for event in spenders.stated] == [month]
    await spenders.spend("1")
    later = (await spenders.accounts.budget(ACME)).month
    assert later > month == spenders.stated[0].data.month
    assert spenders.stated[1].data.month == later


async def test_credit_pays_what_the_limit_does_not_and_lasts_until_it_is_spent(
    spenders: Spenders,
) -> None:
    await spenders.open(limited("1"), credits_usd="2")
    await spenders.spend("2.5")
    with pytest.raises(BudgetRefusedError):
        await spenders.hold("0.6")
    await spenders.end_month()
    with pytest.raises(BudgetRefusedError):
        await spenders.hold("1.6")
    await spenders.spend("1.5")
    await spenders.end_month()
    await spenders.spend("1")
    assert (await spenders.accounts.budget(ACME)).credit_usd == 0


async def test_a_late_settlement_takes_the_credit_that_its_own_month_needs(
    spenders: Spenders,
) -> None:
    await spenders.open(limited("1"), credits_usd="2")
    await spenders.spend("0.8")
    held = await spenders.hold("1")
    await spenders.end_month()
    await held.settle(tokens_for("0.7"))
    budget = await spenders.accounts.budget(ACME)
    assert (budget.spent_usd, budget.credit_usd) == (0, Decimal("1.5"))


async def test_a_prepaid_account_spends_its_credit_alone(spenders: Spenders) -> None:
    await spenders.open(limited("0"), credits_usd="1")
    await spenders.spend("0.4")
    await spenders.end_month()
    with pytest.raises(BudgetRefusedError):
        await spenders.hold("0.7")
    await spenders.spend("0.6")


async def test_a_budget_below_what_is_spent_and_held_refuses_and_takes_nothing_back(
    spenders: Spenders,
) -> None:
    await spenders.open(limited("5"))
    await spenders.spend("2")
    held = await spenders.hold("2")
    await spenders.set(limited("1"))
    with pytest.raises(BudgetRefusedError):
        await spenders.hold("0.0000001")
    await held.settle(tokens_for("2"))
    assert await spenders.accounts.spent_and_held(ACME) == (4, 0)
    # What it overspent while it was allowed to takes nothing from the month after.
    await spenders.end_month()
    await spenders.spend("1")


async def test_terms_that_come_late_change_nothing(spenders: Spenders) -> None:
    await spenders.open(limited("5"))
    await spenders.set(limited("2"))
    assert await spenders.accounts.apply(ACME, Terms(limited("9"), revision=1), spent_usd={})
    assert (await spenders.accounts.budget(ACME)).limit_usd == 2


async def test_a_session_has_a_limit_of_its_own(spenders: Spenders) -> None:
    one, other = SessionId(new_id()), SessionId(new_id())
    await spenders.open(limited("5", session_limit_usd="1"))
    held = await spenders.hold("0.9", session_id=one)
    with pytest.raises(BudgetRefusedError, match="session's budget"):
        await spenders.hold("0.2", session_id=one)
    await spenders.spend("1", session_id=other)
    await held.settle(tokens_for("0.4"))
    await spenders.spend("0.6", session_id=one)
    with pytest.raises(BudgetRefusedError):
        await spenders.hold("0.0000001", session_id=one)


async def test_a_released_hold_gives_its_session_the_money_back(spenders: Spenders) -> None:
    session_id = SessionId(new_id())
    await spenders.open(limited(None, session_limit_usd="1"))
    await spenders.spending.hold(spenders.call("1", session_id=session_id))
    await let_holds_age(spenders.redis, ACME, timedelta(minutes=3))
    [expired] = await spenders.accounts.expired(ACME)
    assert await spenders.accounts.release(expired.charge)
    await spenders.spend("1", session_id=session_id)


async def test_a_soft_budget_refuses_nothing(spenders: Spenders) -> None:
    await spenders.open(limited("1", session_limit_usd="1", hard=False))
    await spenders.spend("3", session_id=SessionId(new_id()))
    assert (await spenders.accounts.budget(ACME)).step == "text_only"


async def test_what_costs_nothing_is_held_also_when_nothing_is_left(spenders: Spenders) -> None:
    await spenders.open(limited("1"))
    await spenders.spend("1")
    await spenders.set(limited("0.5"))
    await spenders.hold("0")


async def test_a_spender_whose_clock_is_decades_off_holds_by_redis_clock(redis: Redis) -> None:
    spenders = Spenders(redis, clock=Noon(LONG_AGO))
    await spenders.open(limited("1"))
    await spenders.hold("1")
    assert await spenders.accounts.expired(ACME) == []
    ahead = Spenders(redis, clock=Noon(NOON.replace(year=2090)))
    with pytest.raises(BudgetRefusedError):
        await ahead.hold("0.1")


async def test_the_month_that_it_is_goes_by_the_tenants_time_zone(spenders: Spenders) -> None:
    await spenders.open()
    first = (await spenders.accounts.budget(ACME)).month
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        await spenders.set(limited("1", time_zone=zone))
    # Never back: what was spent in a month stays in it.
    assert (await spenders.accounts.budget(ACME)).month >= first


async def test_an_account_that_stood_still_for_years_finds_its_month(
    spenders: Spenders, redis: Redis
) -> None:
    await spenders.open(limited("1"))
    now = (await spenders.accounts.budget(ACME)).month
    await redis.hset(account_key(ACME), mapping={"month": "2020-02", "month_spent": "900000000"})
    await spenders.set(limited("1"), credits_usd="0.5")
    budget = await spenders.accounts.budget(ACME)
    assert (budget.month, budget.spent_usd, budget.credit_usd) == (now, 0, Decimal("0.5"))


async def test_a_step_is_read_as_it_stands_and_back_up_when_the_month_turns(
    spenders: Spenders, redis: Redis
) -> None:
    clock = Noon()
    steps = BudgetSteps(redis, clock)

    async def step() -> str:
        clock.at = clock.at.replace(minute=clock.at.minute + 1)
        return await steps.step(ACME)

    assert await step() == "full"
    ladder = Ladder(fewer_frames=50, cheaper=60, text_only=70)
    await spenders.open(limited("1", ladder=ladder))
    seen = [await step()]
    for usd in ("0.5", "0.1", "0.1", "0.3"):
        await spenders.spend(usd)
        seen.append(await step())
    assert seen == ["full", "fewer_frames", "cheaper", "text_only", "refused"]
    await spenders.set(limited("1", ladder=ladder), credits_usd="1")
    assert await step() == "fewer_frames"
    await spenders.end_month()
    assert await step() == "full"


async def test_a_step_is_the_last_known_one_while_redis_is_away(spenders: Spenders) -> None:
    await spenders.open(limited("0"))
    clock = Noon()
    steps = BudgetSteps(spenders.redis, clock)
    assert await steps.step(ACME) == "refused"
    clock.at = clock.at.replace(hour=13)
    await cast(Any, spenders.redis).client_pause(1_500)
    assert await steps.step(ACME) == "refused"
