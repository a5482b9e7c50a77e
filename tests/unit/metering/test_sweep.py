from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from contracts.budgets import BudgetChanged, CreditAdded
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId, UsageId
from contracts.media import FramesSampled
from contracts.usage import Month, UsageIncurred
from metering.domain.budgets import BudgetHistory
from metering.domain.corrections import Correction
from metering.domain.notices import Notice
from metering.handlers.accounts import rebuild_accounts, sweep_holds
from metering.handlers.usage import on_usage_incurred
from metering.ports import Kept, Question
from runtime.bad_rows import BadRows
from runtime.ids import new_id
from spending import AccountBudget, Booking, ExpiredHold, Noticed, Statement, Terms

ACME = TenantId("acme")
SESSION = SessionId(new_id())
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
    known: dict[TenantId, Mapping[Month, Decimal]] = field(
        default_factory=dict[TenantId, Mapping[Month, Decimal]]
    )
    sessions: Mapping[SessionId, Decimal] = field(default_factory=dict[SessionId, Decimal])
    terms: Terms | None = None

    async def tenants(self) -> Sequence[TenantId]:
        return [ACME]

    async def make(
        self, tenant_id: TenantId, *, spent_usd: Mapping[Month, Decimal], terms: Terms
    ) -> bool:
        self.terms = terms
        return self.known.setdefault(tenant_id, spent_usd) is spent_usd

    async def apply(
        self, tenant_id: TenantId, terms: Terms, *, spent_usd: Mapping[Month, Decimal]
    ) -> bool:
        return tenant_id in self.known

    async def missing(self, tenants: Sequence[TenantId]) -> Sequence[TenantId]:
        return [one for one in tenants if one not in self.known]

    async def restore_sessions(
        self, tenant_id: TenantId, spent_usd: Mapping[SessionId, Decimal]
    ) -> None:
        assert tenant_id not in self.known, "nobody may spend before its session is back"
        self.sessions = spent_usd

    async def budgets(self, tenants: Sequence[TenantId]) -> Mapping[TenantId, AccountBudget]:
        return {}

    async def notice(self, tenant_id: TenantId, noticed: Noticed) -> None:
        assert tenant_id not in self.known, "nothing may be told twice"

    async def expired(self, tenant_id: TenantId) -> Sequence[ExpiredHold]:
        return self.overdue

    async def settle(self, stated: Envelope[UsageIncurred]) -> bool:
        self.settled[stated.data.usage_id] = stated.data.cost_usd
        return True

    async def release(self, charge: Envelope[UsageIncurred]) -> bool:
        self.released.add(charge.data.usage_id)
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

    async def correct(
        self, tenant_id: TenantId, stated: Statement, usd: Decimal, *, month: Month | None
    ) -> bool:
        return False

    async def sessions(
        self, tenant_id: TenantId, session_ids: Sequence[SessionId]
    ) -> Mapping[SessionId, Decimal]:
        return {}

    async def correct_session(
        self, tenant_id: TenantId, session_id: SessionId, seen: Decimal, right: Decimal
    ) -> bool:
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

    async def months(self, tenant_id: TenantId) -> Mapping[Month, Decimal]:
        return {"2026-11": Decimal("0.25")}

    async def sessions(self, tenant_id: TenantId) -> Mapping[SessionId, Decimal]:
        return {SESSION: Decimal("0.2")}

    async def add_correction(self, tenant_id: TenantId, correction: Correction) -> Correction:
        return correction


class FakeBudgets:
    """One credit of 3 USD, and no budget."""

    async def add_budget(self, tenant_id: TenantId, changed: BudgetChanged) -> None: ...

    async def add_credit(self, tenant_id: TenantId, added: CreditAdded) -> None: ...

    async def history(self, tenant_id: TenantId) -> BudgetHistory:
        return BudgetHistory((), Decimal(3), 1)

    async def add_notices(
        self, tenant_id: TenantId, notices: Sequence[Notice], noticed: Noticed
    ) -> list[Notice]:
        return []

    async def noticed(self, tenant_id: TenantId) -> Noticed:
        return Noticed()


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
    return await sweep_holds(accounts=accounts, publish=facts.publish, bad=bad)


async def rebuild(ledger: FakeLedger, accounts: FakeAccounts) -> int:
    kept = Kept(ledger, FakeBudgets(), accounts)
    return await rebuild_accounts(kept=kept, bad=BadRows("account", Noon()))


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
    assert accounts.known == {ACME: {"2026-11": Decimal("0.25")}}
    assert accounts.sessions == {SESSION: Decimal("0.2")}
    assert accounts.terms is not None
    assert (accounts.terms.credits_usd, accounts.terms.revision) == (3, 1)
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

        async def months(self, tenant_id: TenantId) -> Mapping[Month, Decimal]:
            if tenant_id == "globex":
                raise ArithmeticError
            return await super().months(tenant_id)

    accounts = FakeAccounts()
    assert await rebuild(OneBadTenant(), accounts) == 1
    assert accounts.known == {ACME: {"2026-11": Decimal("0.25")}}
