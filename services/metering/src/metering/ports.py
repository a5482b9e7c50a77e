"""What metering needs of the outside."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from contracts.budgets import UsageAdjusted
from contracts.fact import Envelope
from contracts.ids import SessionId, TenantId, TurnId, UsageId
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.domain.corrections import Correction
from spending import Booking, ExpiredHold, Statement

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

    async def adjust(
        self, tenant_id: TenantId, events: Sequence[Envelope[UsageAdjusted]]
    ) -> Sequence[Booking]:
        """Add corrections of one tenant, unique by their ids, in one transaction.

        Returns:
            What the ledger now says of them; the first that came with an id is what counts.

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
        """Tenants that ever used anything."""
        ...

    async def spent(self, tenant_id: TenantId) -> Decimal:
        """US dollars, exact; a swept use counts only while it is not confirmed."""
        ...

    async def add_correction(self, tenant_id: TenantId, correction: Correction) -> Correction:
        """What is written under this id: `correction`, unless there was one before."""
        ...


class Sums(Protocol):
    """What the ledger's rows add up to, kept with them: by hour, also by session, and questions.

    A day is UTC's.
    """

    async def day_before(self, tenant_id: TenantId, day: date) -> date | None:
        """The newest earlier day that has rows or sums."""
        ...

    async def wrong(self, tenant_id: TenantId, day: date) -> int:
        """How many sums of the day are not what its rows add up to."""
        ...

    async def mend(self, tenant_id: TenantId, day: date) -> int:
        """Make them what the rows add up to; how many were not."""
        ...


class Accounts(Protocol):
    """What metering does with the tenants' accounts; `spending.Accounts` is them."""

    async def tenants(self) -> Sequence[TenantId]: ...

    async def exists(self, tenant_id: TenantId) -> bool: ...

    async def make(self, tenant_id: TenantId, *, spent_usd: Decimal) -> bool:
        """False: the account was there, and is unchanged."""
        ...

    async def expired(self, tenant_id: TenantId, now: datetime) -> Sequence[ExpiredHold]:
        """Oldest first, a bounded number."""
        ...

    async def release(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        """False: the call has started meanwhile, or the hold is gone."""
        ...

    async def settle(self, stated: Envelope[UsageIncurred]) -> bool:
        """False: it was settled before."""
        ...


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

    async def correct(self, tenant_id: TenantId, stated: Statement, usd: Decimal) -> bool:
        """False: the account was corrected since, or is another one."""
        ...
