"""What was used, and what is still to be done."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.budgets import UsageAdjusted
from contracts.fact import Envelope
from contracts.http import Every, UsageBy, UsageEntry, UsageReport
from contracts.ids import SessionId, TenantId, UsageId
from gateway.domain.backlog import BacklogCounts


@dataclass(frozen=True)
class UsageQuery:
    """Which use is asked for: from `since` up to, and without, `until`."""

    by: UsageBy
    since: datetime | None = None
    session_id: SessionId | None = None
    every: Every | None = None
    until: datetime | None = None
    provider: str | None = None


@dataclass(frozen=True)
class LedgerModel:
    """Whose model a use was, and whose budget paid."""

    provider: str
    model: str
    month: str


class UsageLedger(Protocol):
    """What metering wrote down."""

    async def usage(self, tenant_id: TenantId, query: UsageQuery) -> UsageReport:
        """Added up, also by time when `every` is given."""
        ...

    def entries(self, tenant_id: TenantId, query: UsageQuery) -> AsyncIterator[UsageEntry]:
        """Row by row, oldest first; what the query adds up by does not matter."""
        ...

    async def model_of(self, tenant_id: TenantId, usage_id: UsageId) -> LedgerModel | None:
        """None: it has no such row."""
        ...

    async def knows(self, tenant_id: TenantId, provider: str, model: str) -> bool:
        """Whether it has any row of that model."""
        ...


class AdjustmentStore(Protocol):
    """Corrections of the ledger, each saved once."""

    async def add(self, event: Envelope[UsageAdjusted]) -> UsageAdjusted:
        """Save it with its fact; what is returned is another one if its id was taken."""
        ...

    async def newest(self, tenant_id: TenantId) -> Sequence[UsageAdjusted]:
        """Newest first, at most 200."""
        ...


class Backlog(Protocol):
    """What waits on the bus, over all tenants."""

    async def counts(self) -> BacklogCounts: ...
