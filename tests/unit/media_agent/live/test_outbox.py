"""What a live meeting states reaches Redis in order, whatever Redis does meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.conversation import SpeechInterrupted
from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.feed import FeedEntry, Heard, Spoken
from contracts.ids import SessionId, TenantId, TurnId
from contracts.media import UtteranceHeard
from contracts.rooms import Dispatch
from media_agent.live.outbox import LiveOutbox
from support.eventually import eventually

SESSION = SessionId(UUID("0199a000-0000-7000-8000-000000000001"))
OPENED = datetime(2026, 11, 21, 12, tzinfo=UTC)
DISPATCH = Dispatch(
    tenant_id=TenantId("acme"),
    session_id=SESSION,
    room="tenant_acme_standup",
    opened_at=OPENED,
    title="Standup",
)


@dataclass
class QuickClock:
    """A moment after the session's opening; sleeping takes no time."""

    moment: datetime = OPENED + timedelta(milliseconds=1_500)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass
class FakeRedis:
    """Where statements go; away while `away`."""

    away: bool = False
    facts: list[Envelope[Any]] = field(default_factory=list[Envelope[Any]])
    feed: list[FeedEntry] = field(default_factory=list[FeedEntry])
    tries: int = 0

    async def publish(self, *envelopes: Envelope[Any]) -> object:
        self._answer()
        self.facts += envelopes
        return None

    async def tell(self, session_id: SessionId, /, *entries: FeedEntry) -> object:
        assert session_id == SESSION
        self._answer()
        self.feed += entries
        return None

    def _answer(self) -> None:
        self.tries += 1
        if self.away:
            raise UnavailableError("away")


def heard(text: str, at_ms: int) -> UtteranceHeard:
    return UtteranceHeard(speaker="Ann", text=text, start_ms=at_ms, end_ms=at_ms + 500)


def written(redis: FakeRedis) -> LiveOutbox:
    return LiveOutbox(DISPATCH, publish=redis.publish, tell=redis.tell, clock=QuickClock())


@asynccontextmanager
async def running(outbox: LiveOutbox) -> AsyncGenerator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(outbox.run())
        yield
        task.cancel()


async def test_facts_and_feed_entries_go_out_in_the_order_they_are_stated() -> None:
    redis = FakeRedis()
    outbox = written(redis)
    facts = [heard(f"{n}", n * 1_000) for n in range(120)]
    async with running(outbox):
        for fact in facts:
            entry = Heard(event_id=outbox.id_of(fact), utterance=fact)
            await outbox.state(fact, feed=[entry])
        assert await outbox.settled(timeout_s=5)
    assert [envelope.data for envelope in redis.facts] == facts
    assert [entry.utterance for entry in redis.feed if isinstance(entry, Heard)] == facts


async def test_a_fact_has_the_session_and_the_same_id_from_every_agent() -> None:
    first, second = written(FakeRedis()), written(FakeRedis())
    turn = TurnId(UUID(int=7))
    fact = SpeechInterrupted(turn_id=turn, heard_chars=3)
    envelope = first.envelope(fact)
    assert envelope.id == first.id_of(fact) == second.id_of(fact)
    assert first.id_of(fact, "other") != envelope.id
    assert (envelope.tenant_id, envelope.session_id, envelope.turn_id) == ("acme", SESSION, turn)
    assert first.now_ms() == 1_500


async def test_what_is_stated_while_redis_is_away_goes_out_when_it_is_back() -> None:
    redis = FakeRedis(away=True)
    outbox = written(redis)
    async with running(outbox):
        await outbox.state(heard("one", 0), feed=[Spoken(turn_id=TurnId(UUID(int=1)))])
        await outbox.state(heard("two", 1_000))
        await eventually(lambda: redis.tries > 3)
        assert outbox.is_behind
        assert not await outbox.settled(timeout_s=0.01)
        redis.away = False
        assert await outbox.settled(timeout_s=5)
    assert [envelope.data.text for envelope in redis.facts] == ["one", "two"]
    assert [entry.kind for entry in redis.feed] == ["spoken"]
    assert not outbox.is_behind


async def test_a_full_outbox_is_counted_and_keeps_what_it_has() -> None:
    redis = FakeRedis()
    outbox = LiveOutbox(
        DISPATCH, publish=redis.publish, tell=redis.tell, clock=QuickClock(), max_waiting=3
    )
    for n in range(5):
        await outbox.state(heard(f"{n}", n))
    assert outbox.lost == 2
    async with running(outbox):
        assert await outbox.settled(timeout_s=5)
    assert [envelope.data.text for envelope in redis.facts] == ["0", "1", "2"]
