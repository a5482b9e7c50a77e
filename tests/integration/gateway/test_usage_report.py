"""What a session is compared with: questions to the strongest model, and its speech as it was."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.fact import Envelope
from contracts.http import Every, UsageBy
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


def used(  # noqa: PLR0913 - what a report tells apart
    kind: UsageKind,
    session_id: SessionId | None,
    *,
    provider: str,
    cost: str,
    estimate: str,
    at: datetime = NOON,
    tenant_id: TenantId = TENANT,
) -> Envelope[UsageIncurred]:
    return Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=UsageIncurred.event_type,
        tenant_id=tenant_id,
        session_id=session_id,
        occurred_at=at,
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
    tokens = {"unit": "token", "tokens_in": 900, "tokens_out": 40, "tokens_cached": 300}
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


KINDS: list[UsageKind] = ["stt", "tts", "llm"]
TIMES = st.integers(0, 72 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
USES = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 2),
    st.sampled_from(["local", "deepgram"]),
    st.decimals(min_value=0, max_value=10, places=9),
    TIMES,
)
BYS: list[UsageBy] = ["service", "provider", "model", "session", "kind"]
EVERY: list[Every | None] = [None, "hour", "day"]


def test_a_reports_total_is_the_sum_of_its_rows_whatever_is_asked_for(
    service_urls: dict[str, str],
) -> None:
    with asyncio.Runner() as runner:
        metering = Database(service_urls["metering"], application="test")
        gateway = Database(service_urls["gateway"], application="test")
        runner.run(metering.__aenter__())
        runner.run(gateway.__aenter__())

        @settings(max_examples=30, deadline=None)
        @given(
            st.lists(USES, max_size=8),
            st.one_of(st.none(), TIMES),
            st.one_of(st.none(), TIMES),
            st.sampled_from(EVERY),
        )
        def holds(
            uses: list[Any], since: datetime | None, until: datetime | None, every: Every | None
        ) -> None:
            runner.run(
                _totals_agree(
                    PostgresLedger(metering),
                    PostgresUsageLedger(gateway),
                    uses,
                    UsageQuery("kind", since, None, every, until),
                )
            )

        try:
            holds()
        finally:
            runner.run(metering.__aexit__())
            runner.run(gateway.__aexit__())


async def _totals_agree(
    metering: PostgresLedger, gateway: PostgresUsageLedger, uses: list[Any], query: UsageQuery
) -> None:
    tenant_id = TenantId(f"t-{new_id().hex}")
    sessions: list[SessionId | None] = [None, SessionId(new_id()), SessionId(new_id())]
    facts = [
        used(
            kind,
            sessions[int(session)],
            provider=provider,
            cost=str(usd),
            estimate=str(usd),
            at=at,
            tenant_id=tenant_id,
        )
        for kind, session, provider, usd, at in uses
    ]
    if facts:
        await metering.append(tenant_id, facts)
    first, end = query.since or NOON, query.until or NOON + timedelta(days=4)
    expected = sum(
        (fact.data.cost_usd for fact in facts if first <= fact.occurred_at < end), Decimal(0)
    )
    entries = [entry async for entry in gateway.entries(tenant_id, query)]
    assert sum((entry.cost_usd for entry in entries), Decimal(0)) == expected
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    for by in BYS:
        report = await gateway.usage(tenant_id, replace(query, by=by))
        assert report.total_usd == expected
        assert sum((row.cost_usd for row in report.rows), Decimal(0)) == expected
    for provider in ("local", "deepgram"):
        of_it = replace(query, provider=provider)
        entries = [entry async for entry in gateway.entries(tenant_id, of_it)]
        sums = {(await gateway.usage(tenant_id, replace(of_it, by=by))).total_usd for by in BYS}
        assert sums == {sum((entry.cost_usd for entry in entries), Decimal(0))}
    for session in sessions[1:]:
        one = await gateway.usage(tenant_id, replace(query, by="session", session_id=session))
        whole = await gateway.usage(tenant_id, replace(query, by="session"))
        assert one.total_usd == sum(
            (row.cost_usd for row in whole.rows if row.session == session), Decimal(0)
        )


async def test_the_baseline_of_a_time_is_that_of_its_own_hours_and_minutes(
    metering: PostgresLedger, gateway: PostgresUsageLedger
) -> None:
    tenant_id = TenantId(f"t-{new_id().hex}")
    for minute, usd in ((10, "1"), (50, "2"), (70, "4"), (170, "8")):
        at = NOON + timedelta(minutes=minute)
        question = Question(TurnId(new_id()), SessionId(new_id()), at, Decimal(usd))
        await metering.add_questions(tenant_id, [question])
    within = UsageQuery(
        "kind", NOON + timedelta(minutes=30), None, None, NOON + timedelta(minutes=175)
    )
    assert (await gateway.usage(tenant_id, within)).baseline_usd == 14
    inside_an_hour = replace(within, until=NOON + timedelta(minutes=51))
    assert (await gateway.usage(tenant_id, inside_an_hour)).baseline_usd == 2
