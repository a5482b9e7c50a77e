"""`parley bench hop`: how long a fact takes over a stream, beside a raw redis-py loop."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
import uvloop
from redis.asyncio import Redis

from cli.bench.harness.hop_reader import EVENT_ID, RAW_GROUP, RAW_STREAM, Mode
from cli.bench.harness.private_redis import private_redis
from cli.bench.harness.report import Limit, Row, latency, report
from cli.command_line.errors import CliError, Exit
from cli.command_line.options import Json
from cli.command_line.output import say
from cli.embedded.processes import Launch, spawn, stop
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId
from contracts.media import UtteranceHeard
from runtime.bus import Publisher, provision_streams
from runtime.bus.envelopes import BODY, to_body
from runtime.clock import SystemClock
from runtime.ids import new_id
from runtime.redis_client import connect_redis

ROUNDS = 3
"""Bus and raw loop take turns, so that a neighbour's load meets both."""
WARM_UP = 40
READER_TIMEOUT_S = 60.0
CHUNK = 100
WORDS = "the quarterly figures are in and the refund window stays at thirty days " * 8
LIMITS = (Limit("hop", "p50", at_most=2.0), Limit("hop", "p99", at_most=10.0))


def command(
    per_second: Annotated[int, typer.Option("--rate", min=1, help="Facts a second.")] = 200,
    seconds: Annotated[int, typer.Option("--seconds", min=1, help="Of each, in all.")] = 12,
    drain: Annotated[int, typer.Option("--drain", min=1, help="Facts for throughput.")] = 5_000,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when a figure is missed.")] = False,
    as_json: Json = False,
) -> None:
    """How long a fact takes from the call of publish to its handler, in another process.

    Example: parley bench hop --check
    """
    with private_redis() as url:
        rows = uvloop.run(_measure(url, per_second, seconds, drain))
    report("hop", rows, limits=LIMITS, check=check, as_json=as_json)


async def _measure(url: str, per_second: int, seconds: int, drain: int) -> list[Row]:
    redis = connect_redis(url)
    try:
        await provision_streams(redis)
        await redis.xgroup_create(RAW_STREAM, RAW_GROUP, id="0", mkstream=True)
        count = max(1, per_second * seconds // ROUNDS)
        bus: list[float] = []
        raw: list[float] = []
        for turn in range(ROUNDS):
            say(f"latency at {per_second} facts/s: round {turn + 1} of {ROUNDS}")
            bus += await _latencies(redis, url, "bus", count, per_second)
            raw += await _latencies(redis, url, "raw", count, per_second)
        say(f"throughput: {drain} facts")
        rates = {mode: await _rate(redis, url, mode, drain) for mode in ("bus", "batch", "raw")}
    finally:
        await redis.aclose()
    return [
        latency("hop", bus, raw),
        latency("raw loop", raw),
        _throughput("throughput", rates["bus"], rates["raw"]),
        _throughput("throughput, batches", rates["batch"], rates["raw"]),
    ]


def _throughput(what: str, rate: float, reference: float) -> Row:
    return Row(what, "facts/s", per_second=rate, reference=reference, ratio=rate / reference)


async def _latencies(
    redis: Redis, url: str, mode: Mode, count: int, per_second: int
) -> list[float]:
    """Milliseconds from the call of publish to the handler's entry, of `count` facts."""
    with _reader(url, mode, count + WARM_UP) as reader:
        sent_ns: dict[str, int] = {}
        due = time.monotonic()
        for _ in range(count + WARM_UP):
            sent_ns |= await _send(redis, mode)
            due += 1 / per_second
            await asyncio.sleep(max(0, due - time.monotonic()))
        found = await _result(reader)
    return [(ns - sent_ns[event_id]) / 1e6 for event_id, ns in found["arrivals"][WARM_UP:]]


async def _rate(redis: Redis, url: str, mode: Mode, count: int) -> float:
    """Facts a second through one reader that finds `count` of them waiting."""
    for start in range(0, count, CHUNK):
        await _send(redis, mode, min(CHUNK, count - start))
    with _reader(url, mode, count) as reader:
        found = await _result(reader)
    return count / (found["took_ns"] / 1e9)


async def _send(redis: Redis, mode: Mode, count: int = 1) -> dict[str, int]:
    """The raw loop sends the same bytes, and the fact's id in a field of its own.

    Returns:
        By id: when it was sent, in nanoseconds of `time.monotonic_ns`.
    """
    facts = [_utterance() for _ in range(count)]
    sent_ns = dict.fromkeys((str(fact.id) for fact in facts), time.monotonic_ns())
    if mode == "raw":
        pipe = redis.pipeline(transaction=False)
        for fact in facts:
            pipe.xadd(RAW_STREAM, {BODY: to_body(fact), EVENT_ID: str(fact.id)})
        await pipe.execute()
    else:
        await Publisher(redis).publish(*facts)
    return sent_ns


def _utterance() -> Envelope[UtteranceHeard]:
    """About 1 KB of JSON."""
    heard = UtteranceHeard(speaker="bench", text=WORDS, start_ms=61_000, end_ms=64_500)
    return Envelope[UtteranceHeard](
        id=EventId(new_id()),
        type=heard.event_type,
        tenant_id=TenantId("bench"),
        session_id=SessionId(new_id()),
        occurred_at=SystemClock().now(),
        data=heard,
    )


@contextmanager
def _reader(url: str, mode: Mode, count: int) -> Generator[subprocess.Popen[bytes]]:
    """The second process, ready to read; the address goes by standard input, for its password."""
    program = [sys.executable, "-m", "cli.bench.harness.hop_reader", mode, str(count)]
    child = spawn(program, Launch(log=None, stdin=url.encode()))
    try:
        assert child.stdout
        if child.stdout.readline().strip() != b"ready":
            raise CliError(Exit.MISSING, "reader_failed", "The reading process did not start.")
        yield child
    finally:
        stop(child, signal.SIGTERM, grace_s=5)
        assert child.stdout
        child.stdout.close()


async def _result(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert child.stdout
    async with asyncio.timeout(READER_TIMEOUT_S):
        line = await asyncio.to_thread(child.stdout.readline)
    if not line:
        raise CliError(Exit.MISSING, "reader_failed", "The reading process ended early.")
    return json.loads(line)
