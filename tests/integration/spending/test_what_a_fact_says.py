"""A use says since when its price holds, where that was read, and how long the call took."""

from datetime import UTC, date, datetime
from typing import Any

from redis.asyncio import Redis

from contracts.fact import Envelope
from contracts.ids import EventId, TenantId
from contracts.sessions import SessionClosed
from contracts.usage import UsageIncurred
from runtime.ids import new_id
from spending import LOCAL, Accounts, Call, Model, Quantity, Spending

ACME = TenantId("acme")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class HandClock:
    """Noon; what it measures is moved by hand."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return self.at_s

    async def sleep(self, seconds: float) -> None: ...


def a_call(model: Model) -> Call:
    cause = Envelope[SessionClosed](
        id=EventId(new_id()),
        type=SessionClosed.event_type,
        tenant_id=ACME,
        occurred_at=NOON,
        data=SessionClosed(reason="closed"),
    )
    return Call(cause, "1", "stt", model, upper_bound=Quantity.seconds(60))


class Stated:
    """Collects what is published."""

    def __init__(self) -> None:
        self.used: list[UsageIncurred] = []

    async def publish(self, event: Envelope[Any]) -> None:
        self.used.append(event.data)


async def test_a_paid_use_names_its_price_and_its_time_until_the_call_ended(redis: Redis) -> None:
    clock, stated = HandClock(), Stated()
    accounts = Accounts(redis)
    await accounts.make(ACME)
    spending = Spending("media-agent", accounts, stated.publish, clock)
    async with spending.call(a_call(Model("deepgram", "nova-3"))) as held:
        clock.at_s = 1.25
        held.ended()
        clock.at_s = 9  # in the queue of bookings
        await held.settle(Quantity.seconds(30))
    [used] = stated.used
    assert used.latency_ms == 1250
    assert used.price_since == date(2026, 1, 1)
    assert used.price_source is not None
    assert "litellm" in used.price_source


async def test_what_was_never_held_has_no_latency_and_a_price_of_its_own(redis: Redis) -> None:
    clock, stated = HandClock(), Stated()
    spending = Spending("media-agent", Accounts(redis), stated.publish, clock)
    await spending.free(a_call(Model(LOCAL, "whisper-base")), Quantity.seconds(30))
    [used] = stated.used
    assert (used.latency_ms, used.price_since) == (None, date(2026, 1, 1))
    assert used.price_source == "a model of our own costs nothing"
