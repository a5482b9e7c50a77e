"""What was used, and what is still to be done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.http import Every, UsageBy, UsageReport
from contracts.ids import SessionId, TenantId
from gateway.domain.backlog import BacklogCounts


@dataclass(frozen=True)
class UsageQuery:
    """Which use is asked for."""

    by: UsageBy
    since: datetime | None = None
    session_id: SessionId | None = None
    every: Every | None = None


class UsageLedger(Protocol):
    """What metering wrote down."""

    async def usage(self, tenant_id: TenantId, query: UsageQuery) -> UsageReport:
        """Added up, also by time when `every` is given."""
        ...


class Backlog(Protocol):
    """What waits on the bus, over all tenants."""

    async def counts(self) -> BacklogCounts: ...
