"""`parley usage` and its subcommands, against a gateway and the ledger behind it."""

import asyncio
import csv
import io
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts.budgets import UsageAdjusted
from contracts.fact import Envelope
from contracts.ids import EventId, TenantId, UsageId
from contracts.usage import UsageIncurred
from metering.adapters.postgres_ledger import PostgresLedger
from runtime.database import Database
from runtime.ids import new_id
from support.gateway.front_door import FrontDoor

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Parley:
    """The command on behalf of tenant `a`, and what its ledger holds."""

    def __init__(self, door: FrontDoor, ledger: PostgresLedger) -> None:
        self._door, self.ledger = door, ledger
        self.tenant_id = TenantId(door.tenants["a"])

    async def run(self, *words: str) -> tuple[int, str]:
        """Exit code and standard output."""
        environment = {
            "PARLEY_URL": self._door.url,
            "PARLEY_API_KEY": self._door.keys["a"],
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "cli", "usage", *words),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        written, _ = await process.communicate()
        return process.returncode or 0, written.decode()

    async def used(self, model: str, usd: str, at: datetime = NOON) -> UsageId:
        used = UsageIncurred(
            usage_id=UsageId(new_id()),
            kind="llm",
            service="llm-router",
            provider="anthropic",
            model=model,
            quantity=Decimal(1_000),
            unit="token",
            cost_usd=Decimal(usd),
            estimate_usd=Decimal(usd),
            price="test",
        )
        event = Envelope[UsageIncurred](
            id=EventId(new_id()),
            type=used.event_type,
            tenant_id=self.tenant_id,
            occurred_at=at,
            data=used,
        )
        await self.ledger.append(self.tenant_id, [event])
        return used.usage_id

    async def read_adjustments(self) -> None:
        """As metering does."""
        stated = await self._door.stated(UsageAdjusted)
        ours = [one for one in stated if one.tenant_id == self.tenant_id]
        await self.ledger.adjust(self.tenant_id, ours)


@pytest.fixture
async def parley(door: FrontDoor, service_urls: dict[str, str]) -> AsyncIterator[Parley]:
    async with Database(service_urls["metering"], application="test") as database:
        yield Parley(door, PostgresLedger(database))


@pytest.mark.timeout(120)
async def test_an_invoice_that_differs_is_put_right_by_corrections(
    parley: Parley, tmp_path: Path
) -> None:
    use = await parley.used("sonnet", "0.75")
    await parley.used("haiku", "0.25")
    invoice = tmp_path / "invoice.csv"
    invoice.write_text("date,model,cost_usd\n2026-11-21,sonnet,0.50\n2026-11-21,haiku,0.25\n")
    words = ("reconcile", "--invoice", str(invoice), "--provider", "anthropic", "--json")
    assert await parley.run(*words) == (
        1,
        json.dumps(
            {
                "days": [
                    {
                        "date": "2026-11-21",
                        "model": "sonnet",
                        "ledger_usd": "0.75",
                        "invoice_usd": "0.50",
                        "difference_usd": "-0.25",
                    }
                ],
                "difference_usd": "-0.25",
            }
        )
        + "\n",
    )
    code, written = await parley.run(
        *("adjust", "--usd", "-0.25", "--use", str(use), "--reason", "billed less", "--json")
    )
    adjusted: Any = json.loads(written)["adjusted"]
    assert (code, adjusted["cost_usd"], adjusted["model"]) == (0, "-0.25", "sonnet")
    await parley.read_adjustments()
    assert await parley.run(*words) == (0, '{"days": [], "difference_usd": "0"}\n')


@pytest.mark.timeout(120)
async def test_rows_and_sums_as_csv_come_to_the_same_total(parley: Parley) -> None:
    for hour, usd in enumerate(("0.000000001", "1.5", "20")):
        await parley.used("sonnet", usd, NOON.replace(hour=hour))
    time = ("--since", "2026-11-21", "--until", "2026-11-21T02:00Z")
    (_, rows), (_, sums), (code, report) = await asyncio.gather(
        parley.run(*time, "--csv", "rows"),
        parley.run(*time, "--csv", "sums", "--by", "kind", "--every", "hour"),
        parley.run(*time, "--by", "session", "--json"),
    )
    totals = [
        sum((Decimal(row["cost_usd"]) for row in csv.DictReader(io.StringIO(text))), Decimal(0))
        for text in (rows, sums)
    ]
    assert totals == [Decimal("1.500000001")] * 2
    assert (code, json.loads(report)["total_usd"]) == (0, "1.500000001")


@pytest.mark.timeout(120)
async def test_a_correction_in_another_currency_is_refused_in_a_sentence(parley: Parley) -> None:
    use = await parley.used("sonnet", "1")
    code, written = await parley.run(
        *("adjust", "--usd", "1", "--currency", "EUR", "--reason", "r", "--json"),
        *("--use", str(use)),
    )
    assert (code, "currency" in json.loads(written)["error"]["message"]) == (3, True)
