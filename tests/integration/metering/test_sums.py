"""The sums of the ledger are what its rows add up to, to the last digit, in any order."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.budgets import UsageAdjusted
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId, TurnId, UsageId
from contracts.usage import UsageIncurred
from metering.adapters.postgres_ledger import PostgresLedger
from metering.adapters.postgres_sums import PostgresSums
from metering.domain.days import DaysToCheck
from metering.handlers.sums import check_sums
from metering.ports import Question
from runtime.bad_rows import BadRows
from runtime.database import Database
from runtime.ids import derive_id, new_id
from support.money import HandClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=9)
USES = [UsageId(new_id()) for _ in range(4)]
SESSIONS = [None, SessionId(new_id()), SessionId(new_id())]


def a_use(  # noqa: PLR0913 - what sums tell apart
    tenant_id: TenantId,
    usage_id: UsageId,
    usd: Decimal = Decimal("0.1"),
    *,
    confirmed: bool = True,
    at: datetime = NOON,
    session_id: SessionId | None = None,
    model: str = "nova-3",
) -> Envelope[UsageIncurred]:
    return Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=UsageIncurred.event_type,
        tenant_id=tenant_id,
        session_id=session_id,
        occurred_at=at,
        data=UsageIncurred(
            usage_id=usage_id,
            kind="stt",
            service="media-agent",
            provider="deepgram",
            model=model,
            quantity=Decimal("1.5"),
            unit="second",
            cost_usd=usd,
            estimate_usd=usd,
            price="test",
            confirmed=confirmed,
        ),
    )


def an_adjustment(
    tenant_id: TenantId, usd: str, *, usage_id: UsageId | None = None, month: str = "2026-11"
) -> Envelope[UsageAdjusted]:
    made = UsageAdjusted(
        adjustment_id=new_id(),
        cost_usd=Decimal(usd),
        reason="refunded",
        provider="deepgram",
        model="nova-3",
        month=month,
        usage_id=usage_id,
        adjusted_at=LATER,
        adjusted_by=None,
    )
    return Envelope[UsageAdjusted](
        id=EventId(new_id()),
        type=made.event_type,
        tenant_id=tenant_id,
        occurred_at=NOON,
        data=made,
    )


MONEY = st.decimals(min_value=0, max_value=1_000, places=9)
HALVES = st.tuples(
    st.sampled_from(USES),
    MONEY,
    st.booleans(),
    st.integers(0, 50).map(lambda hours: NOON + timedelta(hours=hours)),
    st.sampled_from(SESSIONS),
    st.sampled_from(["nova-2", "nova-3"]),
)
CORRECTIONS = st.tuples(
    st.one_of(st.none(), st.sampled_from(USES)),
    st.decimals(min_value=-1_000, max_value=1_000, places=9),
)


@pytest.fixture(scope="module")
def loop_of_all_examples() -> Any:
    with asyncio.Runner() as runner:
        yield runner


def test_sums_stay_what_the_rows_add_up_to(
    service_urls: dict[str, str], loop_of_all_examples: asyncio.Runner
) -> None:
    run = loop_of_all_examples.run
    database = Database(service_urls["metering"], application="test")
    run(database.__aenter__())

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.lists(st.one_of(HALVES, CORRECTIONS), max_size=6), max_size=6))
    def holds(batches: list[list[tuple[Any, ...]]]) -> None:
        run(_sums_are_right(database, batches))

    try:
        holds()
    finally:
        run(database.__aexit__())


async def _sums_are_right(database: Database, batches: list[list[tuple[Any, ...]]]) -> None:
    tenant_id = TenantId(f"t-{new_id().hex}")
    ledger, sums = PostgresLedger(database), PostgresSums(database)

    def mine(usage_id: UsageId) -> UsageId:
        """Ids are a tenant's own; the same in every example would be another's row."""
        return UsageId(derive_id(usage_id, tenant_id))

    for batch in batches:
        uses = [
            a_use(
                tenant_id,
                mine(one[0]),
                one[1],
                confirmed=one[2],
                at=one[3],
                session_id=one[4],
                model=one[5],
            )
            for one in batch
            if len(one) == 6
        ]
        made = [
            an_adjustment(tenant_id, str(one[1]), usage_id=one[0] and mine(one[0]))
            for one in batch
            if len(one) == 2
        ]
        for _ in range(2):  # each is delivered again
            if uses:
                await ledger.append(tenant_id, uses)
            if made:
                await ledger.adjust(tenant_id, made)
    for ahead in range(10):
        assert await sums.wrong(tenant_id, NOON.date() + timedelta(days=ahead)) == 0
    rows = await _costs(database, tenant_id, "usage")
    assert sum((await ledger.months(tenant_id)).values()) == sum(rows, Decimal(0))
    for view in ("hourly_usage", "hourly_session_usage", "month_totals"):
        assert sum(await _costs(database, tenant_id, view), Decimal(0)) == sum(rows, Decimal(0))


async def _costs(database: Database, tenant_id: TenantId, view: str) -> Sequence[Decimal]:
    async with database.tenant(tenant_id) as connection:
        found = await connection.fetch(f"SELECT cost_usd FROM metering.{view}")
    return [row["cost_usd"] for row in found]


@pytest.fixture
async def database(service_urls: dict[str, str]) -> Any:
    async with Database(service_urls["metering"], application="test") as opened:
        yield opened


@pytest.fixture
def tenant_id() -> TenantId:
    return TenantId(f"t-{new_id().hex}")


async def test_both_halves_of_a_use_at_once_count_once(
    database: Database, tenant_id: TenantId
) -> None:
    ledger = PostgresLedger(database)
    ids = [UsageId(new_id()) for _ in range(20)]
    await asyncio.gather(
        *(
            ledger.append(tenant_id, [a_use(tenant_id, one, Decimal(usd), confirmed=usd == 1)])
            for one in ids
            for usd in (1, 5)
        )
    )
    assert sum((await ledger.months(tenant_id)).values()) == 20
    assert await PostgresSums(database).wrong(tenant_id, NOON.date()) == 0


async def test_a_correction_counts_for_the_session_and_service_of_its_use_and_its_own_month(
    database: Database, tenant_id: TenantId
) -> None:
    ledger, use = PostgresLedger(database), UsageId(new_id())
    session = SessionId(new_id())
    await ledger.append(tenant_id, [a_use(tenant_id, use, Decimal(2), session_id=session)])
    made = an_adjustment(tenant_id, "-0.5", usage_id=use, month="2026-10")
    [booking] = await ledger.adjust(tenant_id, [made])
    assert (booking.usage_id, booking.usd) == (made.data.adjustment_id, Decimal("-0.5"))
    async with database.tenant(tenant_id) as connection:
        row: Any = await connection.fetchrow(
            "SELECT * FROM metering.usage WHERE kind = 'adjustment'"
        )
        months = await connection.fetch("SELECT * FROM metering.month_totals ORDER BY month")
    assert (row["session_id"], row["service"], row["corrects"]) == (session, "media-agent", use)
    assert (row["reason"], row["cost_usd"]) == ("refunded", Decimal("-0.5"))
    assert (row["occurred_at"], row["adjusted_at"]) == (NOON, LATER)
    assert [(one["month"], one["cost_usd"]) for one in months] == [
        ("2026-10", Decimal("-0.5")),
        ("2026-11", Decimal(2)),
    ]


async def test_a_correction_that_names_no_use_stands_by_itself(
    database: Database, tenant_id: TenantId
) -> None:
    ledger = PostgresLedger(database)
    await ledger.adjust(tenant_id, [an_adjustment(tenant_id, "0.25")])
    assert sum((await ledger.months(tenant_id)).values()) == Decimal("0.25")
    assert tenant_id in await ledger.known_accounts()


class OneTenantsLedger(PostgresLedger):
    """As if it had one tenant: the database keeps those of all tests."""

    def __init__(self, database: Database, tenant_id: TenantId) -> None:
        super().__init__(database)
        self._tenant_id = tenant_id

    async def known_accounts(self) -> Sequence[TenantId]:
        return [self._tenant_id]


async def test_sums_that_parted_from_their_rows_are_found_and_mended(
    database: Database, tenant_id: TenantId
) -> None:
    ledger, sums = OneTenantsLedger(database, tenant_id), PostgresSums(database)
    months_ago = NOON - timedelta(days=70)
    for at in (NOON, months_ago, months_ago - timedelta(days=3)):
        use = a_use(tenant_id, UsageId(new_id()), Decimal(1), at=at)
        await ledger.append(tenant_id, [use])
    question = Question(TurnId(new_id()), SessionId(new_id()), NOON, Decimal("0.5"))
    await ledger.add_questions(tenant_id, [question])
    async with database.tenant(tenant_id) as connection:
        await connection.execute("UPDATE metering.usage_sums SET cost_usd = cost_usd + 0.000000001")
        await connection.execute("DELETE FROM metering.session_sums")
        await connection.execute("UPDATE metering.question_sums SET questions = 7")
    checked = DaysToCheck()

    async def look() -> int:
        return await check_sums(
            ledger=ledger,
            sums=sums,
            days=checked,
            clock=HandClock(),
            bad=BadRows("account", HandClock()),
        )

    # An older day in each round; then there is none, and it begins anew.
    assert [await look() for _ in range(4)] == [5, 2, 0, 0]
    assert sum((await ledger.months(tenant_id)).values()) == 3
    assert await sums.wrong(tenant_id, NOON.date()) == 0


async def test_another_tenant_sees_nothing_of_the_sums(
    database: Database, tenant_id: TenantId
) -> None:
    await PostgresLedger(database).append(tenant_id, [a_use(tenant_id, UsageId(new_id()))])
    async with database.tenant(TenantId(f"t-{new_id().hex}")) as connection:
        for table in (
            "usage_sums",
            "session_sums",
            "question_sums",
            "hourly_usage",
            "hourly_session_usage",
            "hourly_baselines",
            "month_totals",
        ):
            assert await connection.fetchval(f"SELECT count(*) FROM metering.{table}") == 0


async def test_the_days_to_check_go_back_and_begin_anew() -> None:
    days, tenant_id, today = DaysToCheck(), TenantId("acme"), date(2026, 11, 21)
    assert days.changing(today) == (today, date(2026, 11, 20))
    assert days.older_than(tenant_id, today) == date(2026, 11, 20)
    days.checked(tenant_id, date(2026, 11, 3))
    assert days.older_than(tenant_id, today) == date(2026, 11, 3)
    days.checked(tenant_id, None)
    assert days.older_than(tenant_id, today) == date(2026, 11, 20)
