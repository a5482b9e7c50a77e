"""How much a tenant may ask for in a minute."""

from typing import Protocol

from contracts.ids import TenantId
from contracts.tenants import ModelRate
from runtime.rates import Allowance


class RateLimiter(Protocol):
    """How often who did what in the last minute."""

    async def take(self, tenant_id: TenantId, what: str, *, limit: int) -> Allowance:
        """Count one more, unless the limit is reached (then `wait_s` > 0 and nothing counts)."""
        ...

    async def look_at_models(self, tenant_id: TenantId, rate: ModelRate) -> Allowance:
        """Of requests and tokens what has room later; nothing is taken: the router does that."""
        ...
