"""A bus for tests: facts to publish, a consumer that runs for the length of a block."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from redis.asyncio import Redis

import support.bus_worker
from contracts.conversation import TurnTaken
from contracts.fact import Envelope, Fact
from contracts.feed import Described
from contracts.ids import DocumentId, EventId, FrameId, SessionId, TenantId, TurnId, UsageId
from contracts.knowledge import DocumentRemoved
from contracts.media import BlobRef, FrameKept
from contracts.streams import ServiceName
from contracts.usage import UsageIncurred
from contracts.vision import FrameDescribed
from runtime.bus import BusSettings, Consumer, Reader
from runtime.bus.envelopes import BODY, envelope_class, to_body
from runtime.bus.group_figures import measure_group
from runtime.clock import SystemClock
from runtime.ids import new_id
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
        id=EventId(event_id or new_id()),
        type=fact.event_type,
        tenant_id=TenantId(tenant),
        session_id=SessionId(session) if session else None,
        occurred_at=occurred_at or SystemClock().now(),
        data=fact,
    )


def a_turn(text: str = "What is it?", *, tenant: str = "acme") -> Envelope[TurnTaken]:
    """A chat turn in a session of its own."""
    turn = TurnTaken(
        turn_id=TurnId(new_id()),
        channel="chat",
        text=text,
        speaker="Ada",
        asked_at_ms=0,
        screen=None,
        addressed_by="chat",
    )
    return enveloped(turn, tenant=tenant, session=new_id())


def a_usage(quantity: int = 1, *, tenant: str = "acme") -> Envelope[UsageIncurred]:
    """Something used that cost nothing."""
    usage = UsageIncurred(
        usage_id=UsageId(new_id()),
        kind="llm",
        service="llm-router",
        provider="local",
        model="extractive",
        quantity=Decimal(quantity),
        unit="token",
        cost_usd=Decimal(0),
        estimate_usd=Decimal(0),
        price="local",
    )
    return enveloped(usage, tenant=tenant, session=new_id())


def a_frame(tenant: str = "acme") -> Envelope[FrameKept]:
    """A frame whose bytes nobody asks for."""
    picture = BlobRef(key="blob:x", media_type="image/jpeg", size_bytes=4, sha256="0" * 64)
    frame = FrameKept(
        frame_id=FrameId(new_id()),
        shown_at_ms=0,
        reason="first",
        distance=0,
        picture=picture,
        width=1280,
        height=720,
    )
    return enveloped(frame, tenant=tenant, session=new_id())


def a_frame_description() -> Envelope[FrameDescribed]:
    """Of a frame that shows nothing."""
    described = FrameDescribed(frame_id=FrameId(new_id()), shown_at_ms=0, lines=(), picture=None)
    return enveloped(described, session=new_id())


def removed(document: str) -> DocumentRemoved:
    """A fact that any service of a test may state."""
    return DocumentRemoved(document_id=DocumentId(UUID(document)))


@asynccontextmanager
async def consuming(
    url: str,
    service: ServiceName,
    reads: Mapping[type[Fact], Reader[Any]],
    settings: BusSettings = QUICK,
) -> AsyncGenerator[Consumer]:
    """The consumer reads inside the block and drains at its end."""
    stop = asyncio.Event()
    consumer = Consumer(url, service=service, reads=reads, clock=SystemClock(), settings=settings)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consumer.run(stop))
        await eventually(lambda: consumer.problems() == [], timeout_s=10)
        try:
            yield consumer
        finally:
            stop.set()


async def bodies(
    redis: Redis, fact: type[Fact], tenant: TenantId | None = None
) -> list[Envelope[Any]]:
    """What stands on a fact's stream (of one shard), oldest first; of one tenant if it is named."""
    rows: Any = await redis.xrange(f"facts:{fact.event_type}:{{00}}")
    read = [envelope_class(fact).model_validate_json(fields[BODY]) for _, fields in rows]
    return [one for one in read if tenant in (None, one.tenant_id)]


async def entry_of_age(redis: Redis, envelope: Envelope[Any], *, age_s: float) -> str:
    """Publish as if it had been done `age_s` ago. Entry ids only grow: oldest first."""
    entered_ms = int((SystemClock().now().timestamp() - age_s) * 1000)
    key = f"facts:{envelope.type}:{{00}}"
    entry_id: Any = await redis.xadd(key, {BODY: to_body(envelope)}, id=f"{entered_ms}-*")
    return entry_id.decode()


async def read_by(redis: Redis, fact: type[Fact], group: str, *, timeout_s: float = 10) -> None:
    """Until the group has read and finished all of the fact's stream."""
    key = f"facts:{fact.event_type}:{{00}}"

    async def left() -> int:
        figures = await measure_group(redis, key, group)
        return figures.lag + figures.pending

    await eventually(left, equals=0, timeout_s=timeout_s)


@asynccontextmanager
async def worker_process(*arguments: str) -> AsyncGenerator[Process]:
    """A reader in a process of its own (`bus_worker`); killed at the end, if it still runs."""
    program = Path(support.bus_worker.__file__)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), *arguments, stdout=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def pending_facts_of_router(redis: Redis) -> int:
    """Turns that the router has not finished."""
    figures = await measure_group(redis, f"facts:{TurnTaken.event_type}:{{00}}", "llm-router")
    return figures.lag + figures.pending


def a_described() -> Described:
    """A feed entry that carries the id of a fact."""
    return Described(event_id=EventId(new_id()), frame_id=FrameId(new_id()), shown_at_ms=0)
