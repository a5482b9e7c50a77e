"""Corrections of the ledger: by an administrator, once, with a reason, on something known."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
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
PATH = "/v1/usage/adjustments"
NOVA = {"provider": "deepgram", "model": "nova-3", "month": "2026-11"}


@pytest.fixture
async def ledger(service_urls: dict[str, str]) -> AsyncIterator[PostgresLedger]:
    async with Database(service_urls["metering"], application="test") as database:
        yield PostgresLedger(database)


@pytest.fixture
async def use(door: FrontDoor, ledger: PostgresLedger) -> UsageIncurred:
    """What tenant `a` was charged too much for, by a model that no list knows."""
    used = UsageIncurred(
        usage_id=UsageId(new_id()),
        kind="llm",
        service="llm-router",
        provider="openai-compatible",
        model="in-house",
        quantity=Decimal(1_000),
        unit="token",
        cost_usd=Decimal(2),
        estimate_usd=Decimal(2),
        price="test",
        month="2026-10",
    )
    tenant_id = TenantId(door.tenants["a"])
    event = Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=used.event_type,
        tenant_id=tenant_id,
        occurred_at=NOON,
        data=used,
    )
    await ledger.append(tenant_id, [event])
    return used


async def test_a_correction_is_stated_once_with_who_made_it_and_why(
    door: FrontDoor, ours: httpx.AsyncClient, ledger: PostgresLedger, use: UsageIncurred
) -> None:
    body = {"usage_id": str(use.usage_id), "cost_usd": "-0.5", "reason": " counted twice "}
    headers = {"Idempotency-Key": "ticket-17"}
    replies = await asyncio.gather(*(ours.post(PATH, json=body, headers=headers) for _ in range(4)))
    assert {reply.status_code for reply in replies} == {202}
    [made] = {reply.text for reply in replies}
    [event] = [
        one for one in await door.stated(UsageAdjusted) if one.tenant_id == door.tenants["a"]
    ]
    assert event.data == UsageAdjusted.model_validate_json(made)
    assert (event.data.provider, event.data.month) == ("openai-compatible", "2026-10")
    assert (event.data.reason, event.data.adjusted_by is not None) == ("counted twice", True)
    tenant_id = TenantId(door.tenants["a"])
    for _ in range(2):
        await ledger.adjust(tenant_id, [event])
    assert sum((await ledger.months(tenant_id)).values()) == Decimal("1.5")
    report = (await ours.get("/v1/usage", params={"by": "kind"})).json()
    assert report["total_usd"] == "1.5"
    assert {row["kind"]: row["cost_usd"] for row in report["rows"]} == {
        "adjustment": "-0.5",
        "llm": "2",
    }
    listed = (await ours.get(PATH)).json()["adjustments"]
    assert [one["adjustment_id"] for one in listed] == [str(event.data.adjustment_id)]
    rows = (await ours.get("/v1/usage/rows.csv")).text.splitlines()
    assert len(rows) == 3
    assert "counted twice" in "".join(rows)


async def test_a_key_of_another_correction_is_refused(
    ours: httpx.AsyncClient, use: UsageIncurred
) -> None:
    body: dict[str, Any] = {"usage_id": str(use.usage_id), "cost_usd": "1", "reason": "late bill"}
    headers = {"Idempotency-Key": "one"}
    assert (await ours.post(PATH, json=body, headers=headers)).status_code == 202
    reply = await ours.post(PATH, json=body | {"cost_usd": "2"}, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({**NOVA, "cost_usd": "1", "reason": "  "}, 422, "reason"),
        ({**NOVA, "cost_usd": "1"}, 422, "reason"),
        ({**NOVA, "cost_usd": "0", "reason": "r"}, 422, "corrects nothing"),
        ({**NOVA, "cost_usd": "1", "reason": "r", "currency": "EUR"}, 422, "currency"),
        ({**NOVA, "cost_usd": "1e-10", "reason": "r"}, 422, "cost_usd"),
        ({**NOVA, "cost_usd": "2000000", "reason": "r"}, 422, "cost_usd"),
        ({**NOVA, "cost_usd": "NaN", "reason": "r"}, 422, "cost_usd"),
        ({**NOVA, "month": "2026-13", "cost_usd": "1", "reason": "r"}, 422, "month"),
        ({"cost_usd": "1", "reason": "r"}, 422, "name the use"),
        ({**NOVA, "usage_id": str(new_id()), "cost_usd": "1", "reason": "r"}, 422, "only the use"),
        ({"usage_id": str(new_id()), "cost_usd": "1", "reason": "r"}, 404, "no use"),
        ({**NOVA, "model": "nova-0", "cost_usd": "1", "reason": "r"}, 400, "deepgram:nova-0"),
    ],
)
async def test_what_cannot_be_corrected_is_refused_with_its_reason(
    body: dict[str, str], status: int, said: str, ours: httpx.AsyncClient
) -> None:
    reply = await ours.post(PATH, json=body)
    assert (reply.status_code, said in reply.json()["detail"]) == (status, True), reply.text
    assert (await ours.get(PATH)).json() == {"adjustments": []}


async def test_a_model_is_known_by_a_price_or_by_the_ledger_of_its_own_tenant(
    ours: httpx.AsyncClient, theirs: httpx.AsyncClient, use: UsageIncurred
) -> None:
    listed = {**NOVA, "cost_usd": "1", "reason": "billed, never seen"}
    own = listed | {"provider": use.provider, "model": use.model}
    assert (await ours.post(PATH, json=listed)).status_code == 202
    assert (await ours.post(PATH, json=own)).status_code == 202
    assert (await theirs.post(PATH, json=own)).json()["code"] == "unknown_model"
    of_ours = {"usage_id": str(use.usage_id), "cost_usd": "1", "reason": "r"}
    assert (await theirs.post(PATH, json=of_ours)).status_code == 404


async def test_only_an_administrator_corrects_and_looks_who_did(
    door: FrontDoor, ours: httpx.AsyncClient
) -> None:
    made = (await ours.post("/v1/keys", json={"scopes": ["write"]})).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    async with httpx.AsyncClient(base_url=door.url, headers=headers) as writer:
        body = {**NOVA, "cost_usd": "1", "reason": "r"}
        for reply in (await writer.post(PATH, json=body), await writer.get(PATH)):
            assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")
