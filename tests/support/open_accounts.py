"""Accounts without Redis, for tests of what spends."""

from datetime import datetime
from decimal import Decimal

from contracts.fact import Envelope
from contracts.ids import TenantId, UsageId
from contracts.usage import UsageIncurred
from spending import Accounts


class OpenAccounts(Accounts):
    """Every tenant has one, without a limit."""

    def __init__(self) -> None:
        self.held: set[UsageId] = set()

    async def hold(
        self,
        tenant_id: TenantId,
        usage_id: UsageId,
        upper_usd: Decimal,
        *,
        expires_at: datetime,
        body: bytes,
    ) -> None:
        self.held.add(usage_id)

    async def started(self, tenant_id: TenantId, usage_id: UsageId) -> bool:
        return usage_id in self.held

    async def settle(self, stated: Envelope[UsageIncurred]) -> bool:
        self.held.discard(stated.data.usage_id)
        return True
