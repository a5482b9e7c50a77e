"""How far a document is, where the gateway looks for it."""

import asyncio
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts.ids import DocumentId, TenantId
from contracts.knowledge import PROGRESS_LIFETIME_S, Progress, progress_key

# Indexing does not wait for its progress to be shown.
_WAIT_S: Final = 0.3
_LINGERS_S: Final = 15


class RedisIndexingProgress:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def show(self, tenant_id: TenantId, document_id: DocumentId, progress: Progress) -> None:
        key = progress_key(tenant_id, document_id)
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._redis.set(key, progress.model_dump_json(), ex=PROGRESS_LIFETIME_S)
        except (RedisError, OSError, TimeoutError):
            return

    async def end(self, tenant_id: TenantId, document_id: DocumentId) -> None:
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._redis.expire(progress_key(tenant_id, document_id), _LINGERS_S)
        except (RedisError, OSError, TimeoutError):
            return
