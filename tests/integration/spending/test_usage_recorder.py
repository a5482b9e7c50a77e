"""An open stream is paid minute by minute, exactly, and never ahead of the budget."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from redis.asyncio import Redis

from spending import (
    Accounts,
    BudgetRefusedError,
    Model,
    NoAccountError,
    Quantity,
    Spending,
    StreamingUsageMeter,
    UsageRecorder,
)
from spending.account_keys import account_key
from support.eventually import eventually
from support.hold_times import let_holds_age
from support.meeting.speech import ACME, MEETING, Ledger

NOVA = Model("deepgram", "nova-3")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class HandClock:
    """Moved by hand; sleeps without taking time, but lets others run."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.at_s)

    def monotonic(self) -> float:
        return self.at_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.01)


@asynccontextmanager
async def a_recorder(
    redis: Redis, clock: HandClock, ledger: Ledger
) -> AsyncGenerator[UsageRecorder]:
    accounts = Accounts(redis)
    await accounts.make(ACME)
    spending = Spending("media-agent", accounts, ledger.publish, clock)
    async with UsageRecorder(spending, MEETING, clock) as usage:
        yield usage


def seconds_of(ledger: Ledger) -> list[float]:
    return [quantity for _, _, quantity in ledger.lines()]


async def test_a_socket_is_paid_by_the_minute_and_what_is_left_to_the_second(redis: Redis) -> None:
    clock, ledger = HandClock(), Ledger()
    async with a_recorder(redis, clock, ledger) as usage:
        meter = StreamingUsageMeter(usage, NOVA, part="ann/1")
        await meter.open()
        for _ in range(310):
            clock.at_s += 0.5
            await meter.tick()
        meter.close()
        meter.close()
    assert seconds_of(ledger) == [60, 60, 35]
    assert len({event.data.usage_id for event in ledger.stated}) == 3
    spent, held = await Accounts(redis).spent_and_held(ACME)
    assert held == 0
    assert spent == sum(event.data.cost_usd for event in ledger.stated)
    assert float(spent) == pytest.approx(0.0043 * 155 / 60)


async def test_no_more_than_one_minute_is_held(redis: Redis) -> None:
    async def held_usd() -> Decimal:
        return (await Accounts(redis).spent_and_held(ACME))[1]

    clock, ledger = HandClock(), Ledger()
    async with a_recorder(redis, clock, ledger) as usage:
        meter = StreamingUsageMeter(usage, NOVA, part="ann/1")
        await meter.open()
        for minute in range(1, 4):
            clock.at_s = 60.0 * minute + 1
            await meter.tick()
            await eventually(lambda expected=minute: len(ledger.stated) == expected)
            await eventually(held_usd, equals=Decimal("0.0043"))
        meter.close()


async def test_a_budget_that_ends_within_a_meeting_ends_the_socket(redis: Redis) -> None:
    clock, ledger = HandClock(), Ledger()
    async with a_recorder(redis, clock, ledger) as usage:
        await redis.hset(account_key(ACME), "limit", str(5_000_000))  # one minute, not two
        meter = StreamingUsageMeter(usage, NOVA, part="ann/1")
        await meter.open()
        clock.at_s = 61
        with pytest.raises(BudgetRefusedError):
            await meter.tick()
        meter.close()
    assert seconds_of(ledger) == [60]


async def test_a_tenant_without_an_account_spends_nothing(redis: Redis) -> None:
    spending = Spending("media-agent", Accounts(redis), Ledger().publish, HandClock())
    async with UsageRecorder(spending, MEETING, HandClock()) as usage:
        with pytest.raises(NoAccountError):
            await StreamingUsageMeter(usage, NOVA, part="ann/1").open()


async def test_a_killed_agents_minute_is_left_for_the_sweep(redis: Redis) -> None:
    clock, ledger = HandClock(), Ledger()
    async with a_recorder(redis, clock, ledger) as usage:
        await StreamingUsageMeter(usage, NOVA, part="ann/1").open()
    await let_holds_age(redis, ACME, timedelta(minutes=5))
    (left,) = await Accounts(redis).expired(ACME)
    assert left.started
    assert (left.charge.data.quantity, left.charge.data.confirmed) == (60, False)


async def test_bookings_wait_for_a_ledger_that_is_away_and_come_once(redis: Redis) -> None:
    clock, ledger = HandClock(), Ledger()
    async with a_recorder(redis, clock, ledger) as usage:
        ledger.is_down = True
        usage.free("tts", "hibari", Quantity.characters(9), part="1")
        held = await usage.hold("tts", Model("rime", "coda"), Quantity.characters(7), part="2")
        usage.settle(held, Quantity.characters(7))
        await eventually(lambda: usage.waiting == 0)
        ledger.is_down = False
        await eventually(lambda: len(ledger.stated), equals=2)
    assert sorted(seconds_of(ledger)) == [7, 9]
