import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from redis.asyncio import Redis

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.ids import EventId, TenantId
from contracts.sessions import SessionClosed
from contracts.usage import UsageIncurred
from runtime.ids import new_id
from runtime.redis_client import connect_redis
from spending import (
    LOCAL,
    Accounts,
    BudgetRefusedError,
    Call,
    Model,
    NoAccountError,
    Quantity,
    Spending,
)
from spending.account_keys import account_key
from support.hold_times import let_holds_age

ACME = TenantId("acme")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FLASH = Model("google", "gemini-2.5-flash-lite")


class Noon:
    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0

    async def sleep(self, seconds: float) -> None: ...


class Stated:
    """Collects what is published; fails while `is_down`, and on the quantity `refuses`."""

    def __init__(self) -> None:
        self.events: list[Envelope[UsageIncurred]] = []
        self.is_down = False
        self.refuses: int | None = None

    async def publish(self, event: Envelope[Any]) -> None:
        if self.is_down:
            raise UnavailableError("down")
        if event.data.quantity == self.refuses:
            raise ValueError("what cannot be stated")
        self.events.append(event)


def a_call(part: str = "1") -> Call:
    cause = Envelope[SessionClosed](
        id=EventId(new_id()),
        type=SessionClosed.event_type,
        tenant_id=ACME,
        occurred_at=NOON,
        data=SessionClosed(reason="closed"),
    )
    return Call(cause, part, "llm", FLASH, upper_bound=Quantity.tokens(1_000_000))


async def test_a_settled_call_moves_its_hold_to_what_was_spent(redis: Redis) -> None:
    accounts, stated = Accounts(redis), Stated()
    await accounts.make(ACME)
    spending = Spending("llm-router", accounts, stated.publish, Noon())
    async with spending.call(a_call()) as held:
        assert await accounts.spent_and_held(ACME) == (0, Decimal("0.1"))
        await held.settle(Quantity.tokens(500_000))
        await held.settle(Quantity.tokens(500_000))
    assert await accounts.spent_and_held(ACME) == (Decimal("0.05"), 0)
    assert {event.id for event in stated.events} == {stated.events[0].id}


async def test_without_an_account_nothing_is_spent(redis: Redis) -> None:
    spending = Spending("llm-router", Accounts(redis), Stated().publish, Noon())
    with pytest.raises(NoAccountError):
        async with spending.call(a_call()):
            pytest.fail("the call was made")


async def test_two_hundred_calls_at_once_never_cross_the_limit(
    redis: Redis, valkey_url: str
) -> None:
    shared = connect_redis(valkey_url)
    accounts = Accounts(shared)
    await accounts.make(ACME)
    await redis.hset(account_key(ACME), "limit", str(1_000_000_000))
    spending = Spending("llm-router", accounts, Stated().publish, Noon())

    async def spend() -> bool:
        try:
            async with spending.call(a_call()) as held:
                await held.settle(Quantity.tokens(1_000_000))
        except BudgetRefusedError:
            return False
        return True

    made = await asyncio.gather(*(spend() for _ in range(200)))
    assert sum(made) == 10
    assert await accounts.spent_and_held(ACME) == (Decimal(1), 0)
    await shared.aclose()


async def test_what_could_not_be_stated_is_stated_later_and_once(redis: Redis) -> None:
    accounts, stated = Accounts(redis), Stated()
    await accounts.make(ACME)
    spending = Spending("llm-router", accounts, stated.publish, Noon())
    stated.is_down = True
    async with spending.call(a_call()) as held:
        await held.settle(Quantity.tokens(1_000))
    assert await spending.retry_unstated() == 1
    stated.is_down = False
    assert await spending.retry_unstated() == 0
    assert len(stated.events) == 1
    assert (await accounts.spent_and_held(ACME))[1] == 0


async def test_a_call_that_never_settled_is_found_after_its_time_as_started(redis: Redis) -> None:
    accounts = Accounts(redis)
    await accounts.make(ACME)
    spending = Spending("llm-router", accounts, Stated().publish, Noon())
    async with spending.call(a_call()) as held:
        pass
    assert await accounts.expired(ACME) == []
    await let_holds_age(redis, ACME, timedelta(minutes=3))
    [expired] = await accounts.expired(ACME)
    assert (expired.usage_id, expired.started) == (held.usage_id, True)
    charge = expired.charge
    assert charge.data.cost_usd == Decimal("0.1")
    assert not charge.data.confirmed


async def test_what_costs_nothing_is_stated_with_its_estimate_and_without_a_hold(
    redis: Redis,
) -> None:
    accounts, stated = Accounts(redis), Stated()
    spending = Spending("llm-router", accounts, stated.publish, Noon())
    await accounts.make(ACME)
    await redis.hset(account_key(ACME), "limit", "0")
    call = replace(a_call(), kind="stt", model=Model(LOCAL, "whisper-base"))
    await spending.free(call, Quantity.seconds(60))
    await spending.free(call, Quantity.seconds(60))
    first, again = stated.events
    assert first.id == again.id
    assert first.data.cost_usd == 0
    assert first.data.estimate_usd == Decimal("0.0043")
    assert await accounts.spent_and_held(ACME) == (0, 0)


async def test_a_free_use_that_cannot_be_stated_is_stated_later(redis: Redis) -> None:
    accounts, stated = Accounts(redis), Stated()
    spending = Spending("llm-router", accounts, stated.publish, Noon())
    stated.is_down = True
    call = replace(a_call(), kind="tts", model=Model(LOCAL, "hibari"))
    await spending.free(call, Quantity.characters(5))
    stated.is_down = False
    assert await spending.retry_unstated() == 0
    assert [event.data.quantity for event in stated.events] == [5]


@pytest.mark.parametrize("broken", ["the id", "the body", "a fact of another kind", "the hash"])
async def test_a_hold_that_cannot_be_read_keeps_no_other_from_its_sweep(
    redis: Redis, broken: str
) -> None:
    accounts = Accounts(redis)
    await accounts.make(ACME)
    spending = Spending("llm-router", accounts, Stated().publish, Noon())
    bad = await spending.hold(a_call("bad"))
    good = await spending.hold(a_call("good"))
    key, index = f"hold:{{{ACME}}}:{bad.usage_id}", f"holds:{{{ACME}}}"
    if broken == "the id":
        await redis.zadd(index, {b"\xff no id": 1})
        await spending.settle(bad, Quantity.tokens(1))
    elif broken == "the hash":
        await redis.set(key, "no hash")
    else:
        await redis.hset(key, "body", "{half" if broken == "the body" else "{}")
    await let_holds_age(redis, ACME, timedelta(minutes=3))
    assert [hold.usage_id for hold in await accounts.expired(ACME)] == [good.usage_id]
    # It waits behind all others, also behind as many as are looked at in one go.
    assert [hold.usage_id for hold in await accounts.expired(ACME, limit=1)] == [good.usage_id]
    assert await redis.zcard(index) == 2


async def test_what_stands_among_the_accounts_and_is_no_tenant_is_passed_over(redis: Redis) -> None:
    accounts = Accounts(redis)
    await accounts.make(ACME)
    await redis.sadd("accounts", b"\xff", "No Tenant")
    assert await accounts.tenants() == [ACME]


async def test_a_use_that_cannot_be_stated_at_all_keeps_no_other_from_being_stated(
    redis: Redis,
) -> None:
    accounts, stated = Accounts(redis), Stated()
    stated.is_down = True
    spending = Spending("llm-router", accounts, stated.publish, Noon())
    model = Model(LOCAL, "hibari")
    for part in ("bad", "good"):
        call = replace(a_call(part), kind="tts", model=model)
        await spending.free(call, Quantity.characters(3 if part == "bad" else 5))
    stated.is_down = False
    stated.refuses = 3
    assert await spending.retry_unstated() == 0
    assert [event.data.quantity for event in stated.events] == [5]
