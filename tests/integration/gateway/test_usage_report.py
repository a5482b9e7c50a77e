"""What a session is compared with: questions to the strongest model, and its speech as it was."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId, TurnId, UsageId
from contracts.usage import UsageIncurred, UsageKind
from gateway.adapters.postgres.usage_ledger import PostgresUsageLedger
from gateway.ports.usage import UsageQuery
from metering.adapters.postgres_ledger import PostgresLedger
from metering.ports import Question
from runtime.database import Database
from runtime.ids import new_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TENANT = TenantId(f"t-{new_id().hex}")


@pytest.fixture
async def metering(service_urls: dict[str, str]) -> AsyncIterator[PostgresLedger]:
    async with Database(service_urls["metering"], application="test") as database:
        yield PostgresLedger(database)


@pytest.fixture
async def gateway(service_urls: dict[str, str]) -> AsyncIterator[PostgresUsageLedger]:
    async with Database(service_urls["gateway"], application="test") as database:
        yield PostgresUsageLedger(database)


def used(
    kind: UsageKind, session_id: SessionId, *, provider: str, cost: str, estimate: str
) -> Envelope[UsageIncurred]:
    return Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=UsageIncurred.event_type,
        tenant_id=TENANT,
        session_id=session_id,
        occurred_at=NOON,
        data=UsageIncurred(
            usage_id=UsageId(new_id()),
            kind=kind,
            service="media-agent",
            provider=provider,
            model="any",
            quantity=Decimal(1),
            unit="second",
            cost_usd=Decimal(cost),
            estimate_usd=Decimal(estimate),
            price="test",
        ),
    )


def asked(session_id: SessionId, baseline_usd: str) -> Question:
    return Question(TurnId(new_id()), session_id, NOON, Decimal(baseline_usd))


async def test_speech_stands_in_the_baseline_as_it_stands_in_the_estimate(
    metering: PostgresLedger, gateway: PostgresUsageLedger
) -> None:
    session = SessionId(new_id())
    await metering.append(
        TENANT,
        [
            used("stt", session, provider="local", cost="0", estimate="0.03"),
            used("tts", session, provider="local", cost="0", estimate="0.02"),
            used("llm", session, provider="local", cost="0", estimate="0.01"),
        ],
    )
    await metering.add_questions(TENANT, [asked(session, "0.05")])
    report = await gateway.usage(TENANT, UsageQuery("service", session_id=session))
    assert (report.estimate_usd, report.baseline_usd) == (Decimal("0.06"), Decimal("0.10"))
    assert (report.saving_ratio, report.saving_note) == (0.4, None)


async def test_speech_that_was_paid_for_stands_at_what_it_cost(
    metering: PostgresLedger, gateway: PostgresUsageLedger
) -> None:
    session = SessionId(new_id())
    speech = used("tts", session, provider="cartesia", cost="0.5", estimate="0.4")
    await metering.append(TENANT, [speech])
    await metering.add_questions(TENANT, [asked(session, "0.5")])
    report = await gateway.usage(TENANT, UsageQuery("service", session_id=session))
    assert (report.total_usd, report.baseline_usd) == (Decimal("0.5"), Decimal("1.0"))
    assert report.saving_ratio == 0.5


async def test_where_nothing_was_asked_there_is_no_baseline(
    metering: PostgresLedger, gateway: PostgresUsageLedger
) -> None:
    session = SessionId(new_id())
    speech = used("stt", session, provider="local", cost="0", estimate="0.03")
    await metering.append(TENANT, [speech])
    query = UsageQuery("service", session_id=session, every="day")
    report = await gateway.usage(TENANT, query)
    assert (report.baseline_usd, report.saving_ratio, report.baselines) == (None, None, ())


async def test_by_time_the_baselines_are_those_of_the_whole(
    metering: PostgresLedger, gateway: PostgresUsageLedger
) -> None:
    session = SessionId(new_id())
    speech = used("stt", session, provider="local", cost="0", estimate="0.03")
    await metering.append(TENANT, [speech])
    await metering.add_questions(TENANT, [asked(session, "0.05"), asked(session, "0.06")])
    report = await gateway.usage(TENANT, UsageQuery("service", session_id=session, every="day"))
    [day] = report.baselines
    assert (day.questions, day.baseline_usd) == (2, Decimal("0.14"))
    assert report.baseline_usd == day.baseline_usd


async def test_tokens_are_added_up_and_none_stand_where_none_are_counted(
    metering: PostgresLedger, gateway: PostgresUsageLedger
) -> None:
    session = SessionId(new_id())
    tokens = {"tokens_in": 900, "tokens_out": 40, "tokens_cached": 300}
    spoken = used("stt", session, provider="local", cost="0", estimate="0.03")
    written = used("llm", session, provider="openai", cost="0.02", estimate="0.02")
    again = used("llm", session, provider="openai", cost="0.02", estimate="0.02")
    counted = [
        one.model_copy(update={"data": one.data.model_copy(update=tokens)})
        for one in (written, again)
    ]
    await metering.append(TENANT, [spoken, *counted])
    report = await gateway.usage(TENANT, UsageQuery("provider", session_id=session))
    assert [
        (row.provider, row.tokens_in, row.tokens_out, row.tokens_cached) for row in report.rows
    ] == [("local", None, None, None), ("openai", 1_800, 80, 600)]
