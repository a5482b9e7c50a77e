"""What metering needs of the outside."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from contracts.fact import Envelope
from contracts.ids import SessionId, TenantId, TurnId, UsageId
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.domain.money import LateConfirmation
from spending import ExpiredHold

Publish = Callable[[Envelope[UsageIncurred]], Awaitable[object]]
"""States a swept use."""


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
    ) -> Sequence[LateConfirmation]:
        """Add uses of one tenant, unique by (usage id, confirmed), in one transaction.

        Returns:
            Those of `events` that now stand both swept and confirmed, in any order.

        Raises:
            UnavailableError: nothing was added.
        """
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

    async def settle(self, tenant_id: TenantId, usage_id: UsageId, usd: Decimal) -> bool:
        """False: it was settled before."""
        ...

    async def correct(self, tenant_id: TenantId, usage_id: UsageId, usd: Decimal) -> bool:
        """Once per use; False: it was corrected before."""
        ...
