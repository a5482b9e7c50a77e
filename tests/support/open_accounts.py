"""Accounts without Redis, for tests of what spends."""

from datetime import timedelta

from contracts.fact import Envelope
from contracts.ids import TenantId, UsageId
from contracts.usage import Month, UsageIncurred
from spending import Accounts


class OpenAccounts(Accounts):
    """Every tenant has one, without a limit."""

    def __init__(self) -> None:
        self.held: set[UsageId] = set()

    async def hold(self, charge: Envelope[UsageIncurred], *, lifetime: timedelta) -> Month:
        self.held.add(charge.data.usage_id)
        return ""

    async def started(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        return usage_id in self.held

    async def settle(self, stated: Envelope[UsageIncurred], *, estimated_in: int = 0) -> bool:
        self.held.discard(stated.data.usage_id)
        return True
