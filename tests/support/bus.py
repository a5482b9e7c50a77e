"""A bus for tests: facts to publish, a consumer that runs for the length of a block."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.fact import Envelope, Fact
from contracts.ids import EventId, SessionId, TenantId, TurnId
from contracts.streams import ServiceName
from runtime.bus import BusSettings, Consumer, Reader
from runtime.bus.writes import BODY, envelope_class
from runtime.clock import SystemClock
from support.eventually import eventually

F = TypeVar("F", bound=Fact)

# The same proportions as in production, eight times as fast.
QUICK = BusSettings(
    renew_every_s=0.25,
    ownerless_after_s=1.0,
    reclaim_every_s=0.1,
    trim_every_s=0.2,
    retry_first_s=0.02,
    retry_cap_s=0.2,
    drain_s=2.0,
)


def enveloped(
    fact: F,
    *,
    tenant: str = "acme",
    session: UUID | None = None,
    event_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> Envelope[F]:
    """A first cause."""
    return envelope_class(type(fact))(
        id=EventId(event_id or uuid4()),
        type=fact.event_type,
        tenant_id=TenantId(tenant),
        session_id=SessionId(session) if session else None,
        occurred_at=occurred_at or datetime.now(UTC) - timedelta(milliseconds=1),
        data=fact,
    )


def a_turn(text: str = "What is it?", *, tenant: str = "acme") -> Envelope[TurnTaken]:
    """A chat turn in a session of its own."""
    turn = TurnTaken(
        turn_id=TurnId(uuid4()),
        channel="chat",
        text=text,
        speaker="Ada",
        asked_at_ms=0,
        screen=None,
        addressed_by="chat",
    )
    return enveloped(turn, tenant=tenant, session=uuid4())


@asynccontextmanager
async def consuming(
    url: str,
    service: ServiceName,
    reads: Mapping[type[Fact], Reader[Any]],
    settings: BusSettings = QUICK,
) -> AsyncGenerator[Consumer]:
    """The consumer reads inside the block and drains at its end."""
    stop = asyncio.Event()
    consumer = Consumer(
        url, service=service, reads=reads, clock=SystemClock(), settings=settings
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consumer.run(stop))
        await eventually(lambda: consumer.problems() == [], within_s=10)
        try:
            yield consumer
        finally:
            stop.set()


async def bodies(redis: Redis, fact: type[Fact]) -> list[Envelope[Any]]:
    """What stands on a fact's stream (of one shard), oldest first."""
    rows: Any = await redis.xrange(f"facts:{fact.event_type}:{{00}}")
    return [envelope_class(fact).model_validate_json(fields[BODY]) for _, fields in rows]
