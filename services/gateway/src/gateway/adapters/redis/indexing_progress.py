"""How far rag is with documents: the keys that it keeps while it works."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts.ids import DocumentId, TenantId
from contracts.knowledge import Progress, progress_key
from runtime.bad_rows import readable

ASK_TIMEOUT_S: Final = 0.3
"""A list of documents does not wait for a bar to be drawn."""


class RedisProgressReader:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def of(
        self, tenant_id: TenantId, document_ids: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Progress]:
        if not document_ids:
            return {}
        keys = [progress_key(tenant_id, document_id) for document_id in document_ids]
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                # Cast: the client of runtime.redis_client answers in bytes.
                found = cast("list[bytes | None]", await self._redis.mget(keys))
        except (RedisError, OSError, TimeoutError):
            return {}
        rows = [
            (document_id, (document_id, body))
            for document_id, body in zip(document_ids, found, strict=True)
            if body is not None
        ]
        return dict(
            readable(
                "indexing progress",
                rows,
                lambda row: (row[0], Progress.model_validate_json(row[1])),
            )
        )
