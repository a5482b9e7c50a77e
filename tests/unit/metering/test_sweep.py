from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from contracts.fact import Envelope
from contracts.ids import EventId, TenantId, UsageId
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.domain.corrections import Correction
from metering.handlers import on_usage_incurred, rebuild_accounts, sweep_holds
from metering.ports import Question
from runtime.bad_rows import BadRows
from runtime.ids import new_id
from spending import Booking, ExpiredHold, Statement

ACME = TenantId("acme")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Noon:
    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0

    async def sleep(self, seconds: float) -> None: ...


@dataclass
class FakeAccounts:
    overdue: list[ExpiredHold] = field(default_factory=list[ExpiredHold])
    settled: dict[UUID, Decimal] = field(default_factory=dict[UUID, Decimal])
    released: set[UUID] = field(default_factory=set[UUID])
    known: dict[TenantId, Decimal] = field(default_factory=dict[TenantId, Decimal])

    async def tenants(self) -> Sequence[TenantId]:
        return [ACME]

    async def make(self, tenant_id: TenantId, *, spent_usd: Decimal) -> bool:
        return self.known.setdefault(tenant_id, spent_usd) is spent_usd

    async def exists(self, tenant_id: TenantId) -> bool:
        return tenant_id in self.known

    async def expired(self, tenant_id: TenantId, now: datetime) -> Sequence[ExpiredHold]:
        return self.overdue

    async def settle(self, stated: Envelope[UsageIncurred]) -> bool:
        self.settled[stated.data.usage_id] = stated.data.cost_usd
        return True

    async def release(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        self.released.add(usage_id)
        return True


@dataclass
class FakeBooks:
    booked: list[Booking] = field(default_factory=list[Booking])

    async def book(self, tenant_id: TenantId, bookings: Sequence[Booking]) -> None:
        self.booked += bookings

    async def facts(
        self, tenant_id: TenantId, usage_ids: Collection[UsageId]
    ) -> Sequence[Envelope[UsageIncurred]]:
        return []

    async def statement(self, tenant_id: TenantId) -> Statement | None:
        return None

    async def correct(self, tenant_id: TenantId, stated: Statement, usd: Decimal) -> bool:
        return False


@dataclass
class FakeFacts:
    stated: list[Envelope[UsageIncurred]] = field(default_factory=list[Envelope[UsageIncurred]])

    async def publish(self, event: Envelope[UsageIncurred]) -> None:
        self.stated.append(event)


@dataclass
class FakeLedger:
    known: list[Booking] = field(default_factory=list[Booking])
    appended: list[Envelope[UsageIncurred]] = field(default_factory=list[Envelope[UsageIncurred]])

    async def append(
        self, tenant_id: TenantId, events: Sequence[Envelope[UsageIncurred]]
    ) -> Sequence[Booking]:
        self.appended += [event for event in events if event.tenant_id == tenant_id]
        return self.known

    async def booked(self, tenant_id: TenantId, usage_ids: Sequence[UsageId]) -> Sequence[Booking]:
        return self.known

    async def add_questions(self, tenant_id: TenantId, questions: Sequence[Question]) -> None: ...

    async def add_frames(
        self, tenant_id: TenantId, events: Sequence[Envelope[FramesSampled]]
    ) -> None: ...

    async def known_accounts(self) -> Sequence[TenantId]:
        return [ACME]

    async def spent(self, tenant_id: TenantId) -> Decimal:
        return Decimal("0.25")

    async def add_correction(self, tenant_id: TenantId, correction: Correction) -> Correction:
        return correction


def usage(tenant_id: TenantId = ACME, usd: str = "0.5") -> Envelope[UsageIncurred]:
    usage_id = UsageId(new_id())
    return Envelope[UsageIncurred](
        id=EventId(new_id()),
        type=UsageIncurred.event_type,
        tenant_id=tenant_id,
        occurred_at=NOON,
        data=UsageIncurred(
            usage_id=usage_id,
            kind="llm",
            service="llm-router",
            provider="google",
            model="gemini-2.5-flash-lite",
            quantity=Decimal(100),
            unit="token",
            cost_usd=Decimal(usd),
            estimate_usd=Decimal(usd),
            price="test",
            confirmed=False,
        ),
    )


async def sweep(accounts: FakeAccounts, facts: FakeFacts) -> int:
    bad = BadRows("hold", Noon())
    return await sweep_holds(accounts=accounts, publish=facts.publish, clock=Noon(), bad=bad)


async def rebuild(ledger: FakeLedger, accounts: FakeAccounts) -> int:
    return await rebuild_accounts(ledger=ledger, accounts=accounts, bad=BadRows("account", Noon()))


def a_hold(*, started: bool) -> ExpiredHold:
    charge = usage()
    return ExpiredHold(charge.data.usage_id, started, charge)


async def test_an_overdue_hold_that_never_started_is_released_for_nothing() -> None:
    hold, facts = a_hold(started=False), FakeFacts()
    accounts = FakeAccounts([hold])
    assert await sweep(accounts, facts) == 1
    assert (accounts.released, accounts.settled) == ({hold.usage_id}, {})
    assert facts.stated == []


async def test_an_overdue_hold_that_started_is_charged_its_upper_bound_and_stated() -> None:
    hold, facts = a_hold(started=True), FakeFacts()
    accounts = FakeAccounts([hold])
    await sweep(accounts, facts)
    assert accounts.settled == {hold.usage_id: Decimal("0.5")}
    assert [event.data.confirmed for event in facts.stated] == [False]


async def test_what_the_ledger_says_is_booked_in_the_account() -> None:
    event, books = usage(), FakeBooks()
    known = Booking(event.data.usage_id, Decimal("0.2"), confirmed=True)
    await on_usage_incurred([event], ledger=FakeLedger([known]), books=books)
    assert books.booked == [known]


async def test_a_batch_of_two_tenants_goes_to_each_its_own_rows() -> None:
    events = [usage(), usage(TenantId("globex")), usage()]
    ledger = FakeLedger()
    await on_usage_incurred(events, ledger=ledger, books=FakeBooks())
    assert sorted(event.tenant_id for event in ledger.appended) == ["acme", "acme", "globex"]


async def test_a_lost_account_comes_back_with_what_the_ledger_says() -> None:
    accounts = FakeAccounts()
    assert await rebuild(FakeLedger(), accounts) == 1
    assert accounts.known == {ACME: Decimal("0.25")}
    assert await rebuild(FakeLedger(), accounts) == 0


async def test_a_hold_that_cannot_be_swept_keeps_no_other_waiting() -> None:
    bad, good = a_hold(started=True), a_hold(started=True)

    class OneBadHold(FakeAccounts):
        async def settle(self, stated: Envelope[UsageIncurred]) -> bool:
            if stated.data.usage_id == bad.usage_id:
                raise ValueError("a hold that is broken")
            return await super().settle(stated)

    accounts = OneBadHold([bad, good])
    assert await sweep(accounts, FakeFacts()) == 1
    assert accounts.settled == {good.usage_id: Decimal("0.5")}


async def test_a_tenant_whose_sum_cannot_be_read_keeps_no_other_account_from_being_rebuilt() -> (
    None
):
    class OneBadTenant(FakeLedger):
        async def known_accounts(self) -> Sequence[TenantId]:
            return [TenantId("globex"), ACME]

        async def spent(self, tenant_id: TenantId) -> Decimal:
            if tenant_id == "globex":
                raise ArithmeticError
            return await super().spent(tenant_id)

    accounts = FakeAccounts()
    assert await rebuild(OneBadTenant(), accounts) == 1
    assert accounts.known == {ACME: Decimal("0.25")}
