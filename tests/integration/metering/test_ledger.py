from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId, TurnId, UsageId
from contracts.usage import UsageIncurred
from metering.adapters.postgres_ledger import PostgresLedger
from metering.domain.corrections import Correction
from metering.ports import Question
from runtime.database import Database
from runtime.ids import new_id
from spending import Booking

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACME, GLOBEX = TenantId("acme"), TenantId("globex")
SECRET = b"test"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await provision_database(database_url, SECRET)
    async with Database(
        service_url(database_url, "metering", SECRET), application="test"
    ) as opened:
        yield opened


def usage(
    usd: str, *, usage_id: UsageId | None = None, confirmed: bool = True
) -> Envelope[UsageIncurred]:
    return Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=UsageIncurred.event_type,
        tenant_id=ACME,
        session_id=SessionId(new_id()),
        occurred_at=NOON,
        data=UsageIncurred(
            usage_id=usage_id or UsageId(new_id()),
            kind="stt",
            service="media-agent",
            provider="deepgram",
            model="nova-3",
            quantity=Decimal("1.5"),
            unit="second",
            cost_usd=Decimal(usd),
            estimate_usd=Decimal(usd),
            price="test",
            confirmed=confirmed,
        ),
    )


async def spent(ledger: PostgresLedger) -> Decimal:
    return sum((await ledger.months(ACME)).values(), Decimal(0))


def a_correction(usd: str) -> Correction:
    return Correction(new_id(), NOON, Decimal(2), Decimal(2) - Decimal(usd), Decimal(usd))


async def test_a_use_stated_twice_is_counted_once_and_exactly(database: Database) -> None:
    ledger = PostgresLedger(database)
    before = await spent(ledger)
    event = usage("0.0001075")
    await ledger.append(ACME, [event, event])
    await ledger.append(ACME, [event])
    assert await spent(ledger) - before == Decimal("0.0001075")


async def test_a_swept_use_yields_to_its_confirmed_row(database: Database) -> None:
    ledger, usage_id = PostgresLedger(database), UsageId(new_id())
    before = await spent(ledger)
    charge = usage("0.5", usage_id=usage_id, confirmed=False)
    [swept] = await ledger.append(ACME, [charge])
    assert swept == Booking(usage_id, Decimal("0.5"), False, "2026-11", charge.session_id)
    assert await spent(ledger) - before == Decimal("0.5")
    event = usage("0.2", usage_id=usage_id)
    [confirmed] = await ledger.append(ACME, [event])
    assert confirmed == Booking(usage_id, Decimal("0.2"), True, "2026-11", event.session_id)
    [again] = await ledger.append(ACME, [usage("0.5", usage_id=usage_id, confirmed=False)])
    assert again == confirmed
    assert await ledger.booked(ACME, [usage_id, UsageId(new_id())]) == [confirmed]
    assert await spent(ledger) - before == Decimal("0.2")


async def test_another_tenant_sees_nothing_of_the_ledger(database: Database) -> None:
    ledger = PostgresLedger(database)
    await ledger.append(ACME, [usage("1")])
    await ledger.add_questions(
        ACME, [Question(TurnId(new_id()), SessionId(new_id()), NOON, Decimal("0.1"))]
    )
    await ledger.add_correction(ACME, a_correction("1"))
    assert await ledger.months(GLOBEX) == {}
    async with database.tenant(GLOBEX) as connection:
        for table in (
            "cost_events",
            "questions",
            "frames_sampled",
            "usage",
            "baselines",
            "account_corrections",
        ):
            assert await connection.fetchval(f"SELECT count(*) FROM metering.{table}") == 0


async def test_the_service_can_neither_change_nor_remove_a_row(database: Database) -> None:
    ledger = PostgresLedger(database)
    await ledger.append(ACME, [usage("1")])
    for statement in (
        "UPDATE metering.cost_events SET cost_usd = 0",
        "DELETE FROM metering.cost_events",
        "UPDATE metering.account_corrections SET usd = 1",
        "DELETE FROM metering.account_corrections",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with database.tenant(ACME) as connection:
                await connection.execute(statement)


async def test_an_account_is_known_from_its_first_use(database: Database) -> None:
    ledger = PostgresLedger(database)
    await ledger.append(ACME, [usage("1")])
    assert ACME in await ledger.known_accounts()


async def test_a_correction_is_written_once_and_stays_what_it_was(database: Database) -> None:
    ledger = PostgresLedger(database)
    first = a_correction("0.3")
    assert await ledger.add_correction(ACME, first) == first
    assert await ledger.add_correction(ACME, replace(first, usd=Decimal("0.4"))) == first
