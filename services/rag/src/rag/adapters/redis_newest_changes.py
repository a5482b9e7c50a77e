"""Which change of a document is the newest, where the gateway notes it."""

import asyncio
from typing import Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts.ids import DocumentId, TenantId
from contracts.knowledge import newest_change_key

_READ_TIMEOUT_S: Final = 0.3


class RedisNewestChanges:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def number(self, tenant_id: TenantId, document_id: DocumentId) -> int:
        try:
            async with asyncio.timeout(_READ_TIMEOUT_S):
                # Cast: the client of runtime.redis_client answers in bytes.
                found = cast(
                    "bytes | None", await self._redis.get(newest_change_key(tenant_id, document_id))
                )
        except (RedisError, OSError, TimeoutError):
            return 0
        return int(found or 0)
