"""What a session cost, from metering's ledger: by leg, by question, and what is nobody's own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId, TurnId, UsageId
from contracts.usage import UsageIncurred, UsageKind
from metering.adapters.postgres_ledger import PostgresLedger
from runtime.database import Database
from runtime.ids import new_id
from support.gateway.front_door import FrontDoor

TURN = TurnId(new_id())


@pytest.fixture
async def metering(service_urls: dict[str, str]) -> AsyncIterator[PostgresLedger]:
    async with Database(service_urls["metering"], application="test") as database:
        yield PostgresLedger(database)


def used(  # noqa: PLR0913 - what a row says
    tenant: str,
    session_id: str,
    kind: UsageKind,
    usd: str,
    *,
    turn_id: TurnId | None = None,
    usage_id: UUID | None = None,
    confirmed: bool = True,
) -> Envelope[UsageIncurred]:
    return Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=UsageIncurred.event_type,
        tenant_id=TenantId(tenant),
        session_id=SessionId(UUID(session_id)),
        turn_id=turn_id,
        occurred_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        data=UsageIncurred(
            usage_id=UsageId(usage_id or new_id()),
            kind=kind,
            service="llm-router",
            provider="google",
            model="any",
            quantity=Decimal(1),
            unit="token",
            cost_usd=Decimal(usd),
            estimate_usd=Decimal(usd),
            price="test",
            confirmed=confirmed,
        ),
    )


async def test_a_bound_yields_to_the_confirmed_cost_that_comes_later(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str, metering: PostgresLedger
) -> None:
    tenant, call = door.tenants["a"], new_id()
    path = f"/v1/sessions/{session_id}/costs"
    assert (await ours.get(path)).json()["turns"] == []
    bound = used(tenant, session_id, "llm", "0.5", turn_id=TURN, usage_id=call, confirmed=False)
    await metering.append(TenantId(tenant), [bound, used(tenant, session_id, "stt", "0.25")])
    before = (await ours.get(path)).json()
    [turn] = before["turns"]
    assert turn["legs"] == [
        {"leg": "answered", "cost_usd": "0.5", "estimate_usd": "0.5", "confirmed": False}
    ]
    assert (before["cost_usd"], before["shared"]["cost_usd"]) == ("0.75", "0.25")
    paid = used(tenant, session_id, "llm", "0.000000001", turn_id=TURN, usage_id=call)
    spoken = used(tenant, session_id, "tts", "0.1", turn_id=TURN)
    await metering.append(TenantId(tenant), [paid, spoken])
    [turn] = (await ours.get(path)).json()["turns"]
    assert [(leg["leg"], leg["cost_usd"], leg["confirmed"]) for leg in turn["legs"]] == [
        ("answered", "0.000000001", True),
        ("spoken", "0.1", True),
    ]
    assert turn["cost_usd"] == "0.100000001"
    usage = (await ours.get("/v1/usage", params={"session": session_id})).json()
    assert (await ours.get(path)).json()["cost_usd"] == usage["total_usd"]


async def test_another_tenants_session_has_no_price(
    theirs: httpx.AsyncClient, session_id: str
) -> None:
    reply = await theirs.get(f"/v1/sessions/{session_id}/costs")
    assert reply.status_code == 404
