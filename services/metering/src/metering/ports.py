"""What metering needs of the outside."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from contracts.budgets import BudgetChanged, CreditAdded
from contracts.fact import Envelope
from contracts.ids import SessionId, TenantId, TurnId, UsageId
from contracts.media import FramesSampled
from contracts.usage import Month, UsageIncurred
from metering.domain.budgets import BudgetHistory
from metering.domain.corrections import Correction
from metering.domain.notices import Notice
from spending import AccountBudget, Booking, ExpiredHold, Noticed, Statement, Terms

Publish = Callable[[Envelope[UsageIncurred]], Awaitable[object]]
"""States a use that was swept, or whose fact was lost."""


@dataclass(frozen=True)
class Question:
    """One answered question and what it stands against."""

    turn_id: TurnId
    session_id: SessionId
    occurred_at: datetime
    baseline_usd: Decimal


class Ledger(Protocol):
    """Append-only. What is there already is left as it is; every method is harmless twice."""

    async def append(
        self, tenant_id: TenantId, events: Sequence[Envelope[UsageIncurred]]
    ) -> Sequence[Booking]:
        """Add uses of one tenant, unique by (usage id, confirmed), in one transaction.

        Returns:
            What the ledger now says of those among `events` that a provider is paid for.

        Raises:
            UnavailableError: nothing was added.
        """
        ...

    async def booked(self, tenant_id: TenantId, usage_ids: Sequence[UsageId]) -> Sequence[Booking]:
        """What it says of these uses; those that it does not have are left out."""
        ...

    async def add_questions(self, tenant_id: TenantId, questions: Sequence[Question]) -> None: ...

    async def add_frames(
        self, tenant_id: TenantId, events: Sequence[Envelope[FramesSampled]]
    ) -> None: ...

    async def known_accounts(self) -> Sequence[TenantId]:
        """Tenants that ever used anything, or have a budget."""
        ...

    async def months(self, tenant_id: TenantId) -> Mapping[Month, Decimal]:
        """US dollars by the month that pays, exact; a swept use counts until it is confirmed."""
        ...

    async def sessions(self, tenant_id: TenantId) -> Mapping[SessionId, Decimal]:
        """US dollars of each session that may still be open and has spent something."""
        ...

    async def add_correction(self, tenant_id: TenantId, correction: Correction) -> Correction:
        """What is written under this id: `correction`, unless there was one before."""
        ...


class Budgets(Protocol):
    """What administrators set, beside the ledger. Append-only; every method is harmless twice."""

    async def add_budget(self, tenant_id: TenantId, changed: BudgetChanged) -> None:
        """Unique by its version."""
        ...

    async def add_credit(self, tenant_id: TenantId, added: CreditAdded) -> None:
        """Unique by its id."""
        ...

    async def history(self, tenant_id: TenantId) -> BudgetHistory:
        """Empty when nobody set anything."""
        ...

    async def add_notices(
        self, tenant_id: TenantId, notices: Sequence[Notice], noticed: Noticed
    ) -> list[Notice]:
        """Steps are unique by their number, alerts by month and percent.

        Returns:
            What is written beyond `noticed`: steps in order, then alerts of the notices' month.
        """
        ...

    async def noticed(self, tenant_id: TenantId) -> Noticed:
        """The newest step, and the alerts of the newest month that has any."""
        ...


class Accounts(Protocol):
    """What metering does with the tenants' accounts; `spending.Accounts` is them."""

    async def tenants(self) -> Sequence[TenantId]: ...

    async def missing(self, tenants: Sequence[TenantId]) -> Sequence[TenantId]:
        """Those of them that have no account."""
        ...

    async def make(
        self, tenant_id: TenantId, *, spent_usd: Mapping[Month, Decimal], terms: Terms
    ) -> bool:
        """False: the account was there, and is unchanged."""
        ...

    async def apply(
        self, tenant_id: TenantId, terms: Terms, *, spent_usd: Mapping[Month, Decimal]
    ) -> bool:
        """False: there is no account. Older terms than it has change nothing."""
        ...

    async def restore_sessions(
        self, tenant_id: TenantId, spent_usd: Mapping[SessionId, Decimal]
    ) -> None:
        """Before `make`."""
        ...

    async def budgets(self, tenants: Sequence[TenantId]) -> Mapping[TenantId, AccountBudget]:
        """Of those that have an account."""
        ...

    async def notice(self, tenant_id: TenantId, noticed: Noticed) -> None:
        """Also before `make`."""
        ...

    async def expired(self, tenant_id: TenantId) -> Sequence[ExpiredHold]:
        """Oldest first, a bounded number."""
        ...

    async def release(self, charge: Envelope[UsageIncurred]) -> bool:
        """False: the call has started meanwhile, or the hold is gone."""
        ...

    async def settle(self, stated: Envelope[UsageIncurred]) -> bool:
        """False: it was settled before."""
        ...


@dataclass(frozen=True)
class Kept:
    """What the accounts are kept by."""

    ledger: Ledger
    budgets: Budgets
    accounts: Accounts


class Books(Protocol):
    """The ledger's side of the accounts; `spending.Reconciliation` is it."""

    async def book(self, tenant_id: TenantId, bookings: Sequence[Booking]) -> None:
        """Once per use, however often; without an account nothing happens."""
        ...

    async def facts(
        self, tenant_id: TenantId, usage_ids: Collection[UsageId]
    ) -> Sequence[Envelope[UsageIncurred]]:
        """What was stated of these charges, as far as the ledger has not booked them."""
        ...

    async def statement(self, tenant_id: TenantId) -> Statement | None:
        """None: there is no account."""
        ...

    async def correct(
        self, tenant_id: TenantId, stated: Statement, usd: Decimal, *, month: Month | None
    ) -> bool:
        """False: the account was corrected since, or is another one."""
        ...

    async def sessions(
        self, tenant_id: TenantId, session_ids: Sequence[SessionId]
    ) -> Mapping[SessionId, Decimal]:
        """US dollars that each has spent; 0 where nothing is known of it."""
        ...

    async def correct_session(
        self, tenant_id: TenantId, session_id: SessionId, seen: Decimal, right: Decimal
    ) -> bool:
        """False: it has spent something else by now."""
        ...
