"""`parley bench spending`: what holding and settling cost a call, beside two raw Redis calls."""

import asyncio
import time
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import typer
import uvloop
from redis.asyncio import Redis

from cli.bench.harness.private_redis import private_redis
from cli.bench.harness.report import Limit, Row, latency, report
from cli.command_line.options import Json
from cli.command_line.output import say
from contracts.budgets import Budget
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId, UsageId
from contracts.usage import UsageIncurred
from runtime.clock import SystemClock
from runtime.ids import new_id
from runtime.redis_client import connect_redis
from spending import Accounts, Terms

TENANT = TenantId("bench")
ROUNDS = 3
"""Ours and the raw calls take turns, so that a neighbour's load meets both."""
WARM_UP = 100
AT_ONCE = 16
LIFETIME = timedelta(minutes=2)
LIMITS = (
    Limit("hold + settle", "p50", at_most=1.0),
    Limit("hold + settle", "p99", at_most=5.0),
)


def command(
    calls: Annotated[int, typer.Option("--calls", min=3, help="Of each, in all.")] = 6_000,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when a figure is missed.")] = False,
    as_json: Json = False,
) -> None:
    """How long a call's hold and its settlement take, of a tenant with every limit.

    Example: parley bench spending --check
    """
    with private_redis() as url:
        rows = uvloop.run(_measure(url, calls))
    report("spending", rows, limits=LIMITS, check=check, as_json=as_json)


async def _measure(url: str, calls: int) -> list[Row]:
    async with connect_redis(url) as redis:
        accounts = Accounts(redis)
        budget = Budget(month_limit_usd=Decimal(100_000), session_limit_usd=Decimal(50_000))
        await accounts.make(TENANT, terms=Terms(budget, revision=1, version=1))
        ours: list[float] = []
        raw: list[float] = []
        await _ours(accounts, WARM_UP)
        await _raw(redis, WARM_UP)
        for turn in range(ROUNDS):
            say(f"{calls // ROUNDS} calls of each: round {turn + 1} of {ROUNDS}")
            ours += await _ours(accounts, calls // ROUNDS)
            raw += await _raw(redis, calls // ROUNDS)
        rate = await _rate(accounts, calls)
    return [
        latency("hold + settle", ours, raw),
        latency("two raw calls", raw),
        Row("hold + settle, 16 at once", "calls/s", per_second=rate),
    ]


async def _ours(accounts: Accounts, count: int) -> list[float]:
    """Milliseconds of each hold and settlement, one call after the other."""
    session_id = SessionId(new_id())
    return [await _call(accounts, session_id) for _ in range(count)]


async def _call(accounts: Accounts, session_id: SessionId) -> float:
    charge = _usage(session_id, confirmed=False)
    stated = charge.model_copy(update={"data": charge.data.model_copy(update={"confirmed": True})})
    began_s = time.perf_counter()
    await accounts.hold(charge, lifetime=LIFETIME)
    await accounts.settle(stated, estimated_in=2_000)
    return (time.perf_counter() - began_s) * 1000


async def _raw(redis: Redis, count: int) -> list[float]:
    """The same two round trips with the same bytes, and nothing decided on the way."""
    body, took = _usage(SessionId(new_id()), confirmed=False).model_dump_json(), list[float]()
    for _ in range(count):
        key = f"raw:{new_id()}"
        began_s = time.perf_counter()
        await redis.set(key, body)
        await redis.set(key, body)
        took.append((time.perf_counter() - began_s) * 1000)
    return took


async def _rate(accounts: Accounts, count: int) -> float:
    """Calls a second, with `AT_ONCE` of them under way."""
    began_s = time.perf_counter()
    await asyncio.gather(*(_ours(accounts, count // AT_ONCE) for _ in range(AT_ONCE)))
    return count // AT_ONCE * AT_ONCE / (time.perf_counter() - began_s)


def _usage(session_id: SessionId, *, confirmed: bool) -> Envelope[UsageIncurred]:
    usage_id = UsageId(new_id())
    used = UsageIncurred(
        usage_id=usage_id,
        kind="llm",
        service="bench",
        provider="google",
        model="gemini-2.5-flash-lite",
        quantity=Decimal(2_300),
        unit="token",
        tokens_in=2_000,
        tokens_out=300,
        cost_usd=Decimal("0.00032"),
        estimate_usd=Decimal("0.00032"),
        price="bench",
        confirmed=confirmed,
    )
    return Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=UsageIncurred.event_type,
        tenant_id=TENANT,
        session_id=session_id,
        occurred_at=SystemClock().now(),
        data=used,
    )
