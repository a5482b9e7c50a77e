"""`parley bench turn`: Parley's own time in a turn, by part, through the front door."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Final, Literal

import typer
import uvloop

from cli.bench.harness.data_dir import bench_data_dir
from cli.bench.harness.report import Limit, Row, latency, report
from cli.bench.turn_parts.asked_turns import (
    DOCUMENT,
    QUESTIONS,
    TimedTurn,
    asked_turns,
    index_document,
)
from cli.bench.turn_parts.hosted_rows import hosted_rows
from cli.bench.turn_parts.provider_journal import fake_url, provider_calls, took_ms
from cli.bench.turn_parts.raw_hops import raw_hops
from cli.bench.turn_parts.route_decision import route_decisions
from cli.bench.turn_parts.turn_rows import turn_rows
from cli.client.gateway import Gateway
from cli.cluster.child_cluster import StartOptions
from cli.cluster.connection import use_cluster
from cli.command_line.errors import missing
from cli.command_line.options import DataDir, Json
from cli.demo.rehearsal import rehearsed_models

DECISIONS: Final = 1_000
LIMITS: Final = (
    Limit("platform", "p50", at_most=60.0),
    Limit("platform", "p95", at_most=150.0),
    Limit("route_decision", "p50", at_most=1.0),
)


def command(
    turns: Annotated[int, typer.Option("--turns", min=1, help="Questions, one by one.")] = 120,
    data_dir: DataDir = None,
    providers: Annotated[
        Literal["fake"] | None,
        typer.Option("--providers", help="`fake`: hosted models that answer at once, on loopback."),
    ] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when a figure is missed.")] = False,
    as_json: Json = False,
) -> None:
    """Parley's own time in a turn: from asking to the answer's arrival, without the model's.

    platform: wall - attempts; of hosted models wall - provider, what they took by their own
    journal. taken: until the gateway accepted the question. edge: what lies outside the router's
    own total, on the way in and on the way out. The rest is the router's. route_decision: which
    tier first, and whether one more. The questions were asked before, so their vectors are cached
    and no model runs in retrieval.

    With `--providers fake` also: attempts_own, attempts - provider; client_library, how much of it
    the client libraries are; and a call by each of them, its reference the same request bare.

    Example: parley bench turn --providers fake --check
    """
    decided = latency("route_decision", route_decisions(DECISIONS))
    with _variables(providers) as variables:
        asked, reference = _ask(data_dir, turns, variables)
        rows = [*_rows(asked, reference, variables), decided]
    more = {"rehearsal": True} if providers else {}
    report("turn", rows, limits=LIMITS, check=check, as_json=as_json, more=more)


def _variables(providers: str | None) -> AbstractContextManager[Mapping[str, str]]:
    return nullcontext(dict[str, str]()) if providers is None else rehearsed_models()


def _ask(
    data_dir: Path | None, turns: int, variables: Mapping[str, str]
) -> tuple[Sequence[TimedTurn], Sequence[float]]:
    """The turns, those that were not known first; and what their hops cost at least."""
    start = StartOptions(environment=variables, alone=bool(variables))
    with (
        bench_data_dir(data_dir) as where,
        use_cluster(where, make_tenant=True, start=start) as cluster,
        Gateway(cluster) as gateway,
    ):
        if cluster.redis_url is None:
            raise missing("no_redis", "The reference needs the cluster's Redis.", "Set REDIS_URL.")
        index_document(gateway)
        asked = asked_turns(gateway, turns)
        return asked, uvloop.run(raw_hops(cluster.redis_url, turns, DOCUMENT))


def _rows(
    asked: Sequence[TimedTurn], reference: Sequence[float], variables: Mapping[str, str]
) -> list[Row]:
    known = asked[len(QUESTIONS) :]
    if not variables:
        answered_ms = [turn.part_ms("attempts") for turn in known]
        return turn_rows(known, answered_ms, reference)
    calls = provider_calls(variables)
    provider_ms = took_ms(calls, [turn.answer.attempts for turn in asked])[len(QUESTIONS) :]
    rows = turn_rows(known, provider_ms, reference)
    return rows + hosted_rows(known, provider_ms, fake_url(variables))
