"""Holds expire by the clock of Redis; a test moves them instead of it."""

from datetime import timedelta
from typing import Any, cast

from redis.asyncio import Redis

from contracts.ids import TenantId
from runtime.redis_client import reply_of
from spending.account_keys import holds_key


async def let_holds_age(redis: Redis, tenant_id: TenantId, by: timedelta) -> None:
    """As if they had been made so much earlier."""
    holds, untyped = holds_key(tenant_id), cast(Any, redis)
    for usage_id in cast(list[bytes], await reply_of(untyped.zrange(holds, 0, -1))):
        await reply_of(untyped.zincrby(holds, -by / timedelta(milliseconds=1), usage_id))
