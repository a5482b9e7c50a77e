from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from contracts.fact import Envelope
from contracts.ids import TenantId, UsageId
from contracts.usage import UsageIncurred
from metering.domain.money import Twice
from metering.ports import OverdueHold
from runtime.bus import Publisher
from spending import Accounts, NoAccountError


class RedisHolds:
    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def tenants(self) -> Sequence[TenantId]:
        return await self._accounts.tenants()

    async def make(self, tenant_id: TenantId, spent_usd: Decimal) -> bool:
        return await self._accounts.make(tenant_id, spent_usd=spent_usd)

    async def is_missing(self, tenant_id: TenantId) -> bool:
        try:
            await self._accounts.spent_and_held(tenant_id)
        except NoAccountError:
            return True
        return False

    async def overdue(self, tenant_id: TenantId, now: datetime) -> Sequence[OverdueHold]:
        expired = await self._accounts.expired(tenant_id, now)
        return [
            OverdueHold(
                hold.usage_id,
                hold.started,
                Envelope[UsageIncurred].model_validate_json(hold.body),
            )
            for hold in expired
            if hold.body
        ]

    async def settle(self, tenant_id: TenantId, usage_id: UsageId, usd: Decimal) -> bool:
        return await self._accounts.settle(tenant_id, usage_id, usd)

    async def correct(self, tenant_id: TenantId, twice: Twice) -> bool:
        return await self._accounts.correct(tenant_id, twice.usage_id, twice.correction_usd)


class StreamFacts:
    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def state(self, event: Envelope[UsageIncurred]) -> None:
        await self._publisher.publish(event)
