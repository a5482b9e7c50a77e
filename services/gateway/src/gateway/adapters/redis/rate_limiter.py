from redis.asyncio import Redis

from contracts.ids import TenantId
from contracts.tenants import ModelRate
from runtime.clock import Clock
from runtime.rates import Allowance, SlidingWindows, Window, model_windows, rate_key


class RedisRateLimiter:
    """Lets everybody in while Redis is away."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._windows = SlidingWindows(redis, clock)

    async def take(self, tenant_id: TenantId, what: str, *, limit: int) -> Allowance:
        [allowance] = await self._windows.take(Window(rate_key(tenant_id, what), limit))
        return allowance

    async def look_at_models(self, tenant_id: TenantId, rate: ModelRate) -> Allowance:
        seen = await self._windows.look(*model_windows(tenant_id, rate, tokens=1))
        return max(seen, key=lambda allowance: allowance.wait_s)
