"""`parley bench turn`: Parley's own time in a turn, by part, through the front door."""

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, cast

import typer
import uvloop
from redis.asyncio import Redis

from cli.bench.harness.data_dir import bench_data_dir
from cli.bench.harness.report import Limit, Row, latency, report
from cli.client.answer_listener import AnswerListener
from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.errors import missing, not_good
from cli.command_line.options import DataDir, Json
from cli.command_line.output import say
from contracts.conversation import AnswerCompleted
from runtime.ids import new_id
from runtime.redis_client import connect_redis

ANSWERED_TIMEOUT_S: Final = 30.0
INDEXED_TIMEOUT_S: Final = 60.0
Reply = list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]] | None
HOPS: Final = 3
"""Between processes, one after the other: the turn to rag, its passages to the router, the
conclusion to the gateway."""
LIMITS: Final = (
    Limit("platform", "p50", at_most=60.0),
    Limit("platform", "p95", at_most=150.0),
)
DOCUMENT: Final = """# Harbour office

The office opens at eight in the morning. Parking costs 4 EUR a day.

## Berths

A berth may be kept for 14 days. Longer stays need the harbour master's permission.

## Waste

Waste oil is taken on Tuesdays. Glass goes into the green container behind the crane.
"""
QUESTIONS: Final = (
    "When does the office open?",
    "What does parking cost a day?",
    "How long may a berth be kept?",
    "Who permits longer stays?",
    "On which day is waste oil taken?",
    "Where does glass go?",
)
PARTS: Final = (
    "queue",
    "evidence_passages",
    "retrieval",
    "evidence_screen",
    "attempts",
    "conclude",
)


def command(
    turns: Annotated[int, typer.Option("--turns", min=1, help="Questions, one by one.")] = 120,
    data_dir: DataDir = None,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when a figure is missed.")] = False,
    as_json: Json = False,
) -> None:
    """Parley's own time in a turn: from asking to the answer's arrival, without the model's.

    platform: wall - attempts. taken: until the gateway accepted the question. edge: what lies
    outside the router's own total, on the way in and on the way out. The rest is the router's.
    The questions were asked before, so their vectors are cached and no model runs in retrieval.

    Example: parley bench turn --check
    """
    with (
        bench_data_dir(data_dir) as where,
        use_cluster(where, make_tenant=True) as cluster,
        Gateway(cluster) as gateway,
    ):
        if cluster.redis_url is None:
            raise missing("no_redis", "The reference needs the cluster's Redis.", "Set REDIS_URL.")
        _index(gateway)
        measured = _measure(gateway, turns)
        reference = uvloop.run(_raw(cluster.redis_url, turns))
    report("turn", _rows(measured, reference), limits=LIMITS, check=check, as_json=as_json)


def _index(gateway: Gateway) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench-harbour.md"
        path.write_text(DOCUMENT)
        (document,) = gateway.upload_documents([path]).documents
    deadline = time.monotonic() + INDEXED_TIMEOUT_S
    while document.status == "pending" and document.document_id:
        if time.monotonic() > deadline:
            raise missing("not_indexed", "The document was not indexed in time.")
        time.sleep(0.1)
        document = gateway.document(document.document_id)
    if document.status == "rejected":
        raise not_good("rejected", f"The benchmark's document was rejected: {document.reason}")


def _measure(gateway: Gateway, turns: int) -> dict[str, list[float]]:
    """Milliseconds by part; every question is asked once before."""
    session = gateway.open_session("parley bench turn")
    found: dict[str, list[float]] = defaultdict(list)
    with AnswerListener(gateway, session.session_id) as answers:
        for number in range(-len(QUESTIONS), turns):
            asked_at = time.monotonic()
            asked = gateway.ask(
                session.session_id, QUESTIONS[number % len(QUESTIONS)], key=str(new_id())
            )
            taken_ms = (time.monotonic() - asked_at) * 1000
            ended, at = answers.concluded(asked.turn_id, timeout_s=ANSWERED_TIMEOUT_S)
            if number < 0:
                continue
            if ended is None or ended.answer is None or ended.answer.missing:
                raise not_good("not_answered", "A question of the benchmark was not answered.")
            _note(found, ended.answer, (at - asked_at) * 1000)
            found["taken"].append(taken_ms)
            if (number + 1) % 40 == 0:
                say(f"{number + 1} of {turns} turns")
    return found


def _note(found: dict[str, list[float]], answer: AnswerCompleted, wall_ms: float) -> None:
    took = answer.latency_ms
    for part in PARTS:
        found[part].append(took.get(part, 0))
    found["edge"].append(max(0.0, wall_ms - took["total"]))
    found["wall"].append(wall_ms)
    found["platform"].append(wall_ms - took["attempts"])


async def _raw(url: str, turns: int) -> list[float]:
    """The same hops as bare XADD and blocking XREAD, each stage a task of one process."""
    redis = connect_redis(url)
    keys = [f"bench:raw:{new_id()}:{stage}" for stage in range(HOPS)]
    took: list[float] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            stages = [
                tasks.create_task(_pass_on(redis, here, there, turns))
                for here, there in pairwise(keys)
            ]
            last = "0-0"
            for _ in range(turns):
                began = time.perf_counter()
                await redis.xadd(keys[0], {"e": DOCUMENT})
                last, _body = await _next(redis, keys[-1], last)
                took.append((time.perf_counter() - began) * 1000)
            await asyncio.wait(stages)
        await redis.delete(*keys)
    finally:
        await redis.aclose()
    return took


async def _pass_on(redis: Redis, here: str, there: str, turns: int) -> None:
    last = "0-0"
    for _ in range(turns):
        last, body = await _next(redis, here, last)
        await redis.xadd(there, {"e": body})


async def _next(redis: Redis, key: str, last: str) -> tuple[str, bytes]:
    while True:
        # redis-py types replies for both of its clients and both of its protocols at once.
        found = cast("Reply", await redis.xread({key: last}, count=1, block=2_000))
        for _, rows in found or []:
            for entry_id, fields in rows:
                return entry_id.decode(), fields[b"e"]


def _rows(found: dict[str, list[float]], reference: Sequence[float]) -> list[Row]:
    rows = [latency("platform", found["platform"], reference)]
    rows += [latency(part, found[part]) for part in ("taken", "edge", *PARTS, "wall")]
    return rows
