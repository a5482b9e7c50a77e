"""`parley bench metering`: facts of use into the ledger, and reports of a month that is full."""

import asyncio
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import psutil
import typer
import uvloop

from cli.bench.harness.data_dir import bench_data_dir
from cli.bench.harness.ledger_month import COLUMNS, load_month
from cli.bench.harness.process_usage import METERING as PROCESS
from cli.bench.harness.process_usage import POSTGRES, VALKEY, ProcessUsage
from cli.bench.harness.report import Limit, Row, latency, report
from cli.cluster.readiness import await_ready
from cli.cluster.service_processes import GRACE_S, ClusterConfig, start_service
from cli.cluster.supervisor import Child
from cli.command_line.errors import missing
from cli.command_line.options import Json
from cli.command_line.output import say
from cli.embedded.processes import free_ports, stop
from cli.embedded.servers import running_servers
from cli.provisioning.cluster import cluster_secret, provision_cluster
from cli.provisioning.database import admin_connection
from cli.provisioning.services import SERVICES, ServiceUnit
from cli.provisioning.tenants import key_file
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId, UsageId
from contracts.usage import UsageIncurred
from runtime.bus import Publisher
from runtime.clock import SystemClock
from runtime.ids import new_id
from runtime.redis_client import connect_redis

TENANT: Final = TenantId("bench")
METERING, GATEWAY = ServiceUnit("metering"), ServiceUnit("gateway")
SESSIONS: Final = 20
BATCH: Final = 500
READ_TIMEOUT_S: Final = 300.0
POLL_S: Final = 0.02
ANSWER_TIMEOUT_S: Final = 30.0
REPORT: Final = "dashboard, all"
OTHERS: Final = ("month by session", "month by kind")
"""Asked by the command and the API; by session is thousands of rows."""
INTO_LEDGER: Final = "facts into the ledger"
LIMITS: Final = (
    Limit(INTO_LEDGER, "per_second", at_least=10_000),
    Limit(REPORT, "p95", at_most=100),
)
_READ: Final = "SELECT coalesce(sum(uses), 0)::bigint FROM metering.usage_sums WHERE tenant_id = $1"


def command(
    facts: Annotated[int, typer.Option("--facts", min=1_000, help="Into the ledger.")] = 60_000,
    rows: Annotated[
        int, typer.Option("--rows", min=1_000, help="Of the month that is reported on.")
    ] = 1_000_000,
    requests: Annotated[int, typer.Option("--requests", min=5, help="Of each report.")] = 40,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when a figure is missed.")] = False,
    as_json: Json = False,
) -> None:
    """Facts a second from the stream into the ledger, its sums and the account; then reports.

    The reference is a bare COPY of the same rows, 500 at a time, into a table without an index.
    Then a month of so many rows is loaded, and the dashboard's questions are asked of the gateway.

    Example: parley bench metering --check
    """
    with bench_data_dir(None) as where, _Bench.started(where) as bench:
        measured = bench.throughput(facts)
        measured += bench.reports(rows, requests)
    report("metering", measured, limits=LIMITS, check=check, as_json=as_json)


@dataclass
class _Bench:
    """Servers of its own, with nothing else running on them."""

    where: Path
    config: ClusterConfig

    @classmethod
    @contextmanager
    def started(cls, where: Path) -> "Generator[_Bench]":
        with running_servers(where, say=say) as addresses:
            uvloop.run(provision_cluster(addresses, where, TENANT))
            ports = dict(
                zip([unit.name for unit in SERVICES], free_ports(len(SERVICES)), strict=True)
            )
            yield cls(where, ClusterConfig(where, addresses, cluster_secret(where), ports))

    @contextmanager
    def running(self, unit: ServiceUnit) -> Generator[Child]:
        child = start_service(unit, self.config)
        try:
            await_ready([(unit, child)], self.config, lambda: None)
            yield child
        finally:
            stop(child.process, child.program.stop_signal, grace_s=GRACE_S)

    def throughput(self, facts: int) -> list[Row]:
        say(f"stating {facts} facts of use")
        now = SystemClock().now()
        stated = [_used(number, now) for number in range(facts)]
        uvloop.run(self._publish(stated))
        say("metering reads them")
        with self.running(METERING):
            rate, took = uvloop.run(self._reading(facts))
        reference = uvloop.run(self._copying(stated))
        return [
            Row(INTO_LEDGER, "facts/s", None, None, None, rate, reference, rate / reference),
            *(Row(f"processor time of {part}", "µs/fact", us) for part, us in took.items()),
            Row("bare COPY", "rows/s", per_second=reference),
        ]

    def reports(self, rows: int, requests: int) -> list[Row]:
        say(f"loading a month of {rows} rows")
        uvloop.run(self._load(rows))
        with self.running(GATEWAY):
            return uvloop.run(self._asking(requests))

    async def _publish(self, stated: Sequence[Envelope[UsageIncurred]]) -> None:
        redis = connect_redis(self.config.addresses.redis_url)
        try:
            publisher = Publisher(redis)
            for start in range(0, len(stated), BATCH):
                await publisher.publish(*stated[start : start + BATCH])
        finally:
            await redis.aclose()

    async def _reading(self, facts: int) -> tuple[float, dict[str, float]]:
        """From the first fact that the ledger has to the last, as it commits them.

        Returns:
            Facts a second; microseconds of processor time a fact, by part.
        """
        async with admin_connection(self.config.addresses.database_url) as admin:
            async with asyncio.timeout(READ_TIMEOUT_S):
                first, began, usage = 0, 0.0, ProcessUsage(psutil.Process())
                while (read := await admin.fetchval(_READ, TENANT)) < facts:
                    if read and not first:
                        first, began = read, time.perf_counter()
                        usage = ProcessUsage(psutil.Process())
                    await asyncio.sleep(POLL_S)
            took_s = time.perf_counter() - began
            parts = usage.since_last(took_s)
        cores = {part: parts[part].cores for part in (PROCESS, POSTGRES, VALKEY)}
        us = {part: busy * took_s * 1e6 / (facts - first) for part, busy in cores.items()}
        return (facts - first) / took_s, us

    async def _copying(self, stated: Sequence[Envelope[UsageIncurred]]) -> float:
        records = [_record(event) for event in stated]
        async with admin_connection(self.config.addresses.database_url) as connection:
            admin: Any = connection  # asyncpg's own; `Connection` has no COPY
            await admin.execute("CREATE TABLE public.bench_rows (LIKE metering.cost_events)")
            began = time.perf_counter()
            for start in range(0, len(records), BATCH):
                await admin.copy_records_to_table(
                    "bench_rows",
                    schema_name="public",
                    columns=COLUMNS,
                    records=records[start : start + BATCH],
                )
            took_s = time.perf_counter() - began
            await admin.execute("DROP TABLE public.bench_rows")
        return len(records) / took_s

    async def _load(self, rows: int) -> None:
        async with admin_connection(self.config.addresses.database_url) as admin:
            await admin.execute("TRUNCATE metering.cost_events, metering.usage_sums")
            await admin.execute("TRUNCATE metering.session_sums")
            await load_month(admin, TENANT, rows, SystemClock().now())

    async def _asking(self, requests: int) -> list[Row]:
        url = f"http://127.0.0.1:{self.config.ports['gateway']}"
        key = key_file(self.where, TENANT).read_text().strip()
        async with httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=ANSWER_TIMEOUT_S
        ) as client:
            took = {what: [await _ask(client, path)] for what, path in _paths().items()}
            for _ in range(requests):  # the first of each was to warm up
                for what, path in _paths().items():
                    took[what].append(await _ask(client, path))
        every = [ms for what, one in took.items() if what not in OTHERS for ms in one[1:]]
        return [latency(REPORT, every)] + [latency(what, one[1:]) for what, one in took.items()]


def _paths() -> dict[str, str]:
    """The last day by the hour and the last month by the day: the dashboard's, and two others."""
    now = SystemClock().now()
    day, month = now - timedelta(hours=23), now - timedelta(days=29)
    by_hour = f"every=hour&since={day:%Y-%m-%dT%H}:00Z"
    by_day = f"every=day&since={month:%Y-%m-%d}"
    bys = ("service", "provider", "model", "session", "kind")
    days = {f"month by {by}": f"/v1/usage?by={by}&{by_day}" for by in bys}
    return days | {"day by service": f"/v1/usage?by=service&{by_hour}"}


async def _ask(client: httpx.AsyncClient, path: str) -> float:
    """Milliseconds to the whole answer."""
    began = time.perf_counter()
    reply = await client.get(path)
    took_ms = (time.perf_counter() - began) * 1000
    if not reply.is_success or not reply.json()["rows"]:
        raise missing("no_report", f"The gateway did not report ({reply.status_code}).")
    return took_ms


_SESSIONS: Final = [SessionId(new_id()) for _ in range(SESSIONS)]


def _used(number: int, at: datetime) -> Envelope[UsageIncurred]:
    used = UsageIncurred(
        usage_id=UsageId(new_id()),
        kind="llm",
        service="llm-router",
        provider="anthropic",
        model="claude-haiku-5-5",
        quantity=Decimal(1_536),
        unit="token",
        tokens_in=1_200,
        tokens_out=336,
        tokens_cached=0,
        cost_usd=Decimal(f"0.000{number % 999_999:06d}"),
        estimate_usd=Decimal("0.000123456"),
        price="genai-prices/0.2.3/claude-haiku-5-5",
        price_source="genai-prices 0.2.3; https://www.anthropic.com/pricing#api",
        latency_ms=850,
    )
    return Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=used.event_type,
        tenant_id=TENANT,
        session_id=_SESSIONS[number % SESSIONS],
        occurred_at=at,
        data=used,
    )


def _record(event: Envelope[UsageIncurred]) -> tuple[object, ...]:
    used = event.data
    return (
        *(event.tenant_id, used.usage_id, used.confirmed, event.id, event.session_id),
        *(event.occurred_at, used.kind, used.service, used.provider, used.model),
        *(used.quantity, used.unit, used.cost_usd, used.estimate_usd, used.price),
        *(f"{event.occurred_at:%Y-%m}", used.latency_ms),
    )
