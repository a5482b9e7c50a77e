"""Vectors of questions asked before, in Redis."""

import asyncio
import hashlib
from typing import cast

import numpy as np
from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts.ids import TenantId
from rag.domain.passages import IndexName, Vectors

# The local model needs 5 to 20 ms for a question: a cache slower than this is no cache.
_WAIT_S = 0.1


class RedisEmbeddingCache:
    """One key a tenant, model and text; the text itself is not kept, only its SHA-256."""

    def __init__(self, redis: Redis, *, keep_s: int) -> None:
        self._redis = redis
        self._keep_s = keep_s

    async def get(self, tenant_id: TenantId, index: IndexName, text: str) -> Vectors | None:
        try:
            async with asyncio.timeout(_WAIT_S):
                # Cast: the client of runtime.redis_client answers in bytes.
                packed = cast("bytes | None", await self._redis.get(_key(tenant_id, index, text)))
        except (RedisError, OSError, TimeoutError):
            return None
        if packed is None or len(packed) != index.dimension * np.float32().itemsize:
            return None
        return np.frombuffer(packed, np.float32)

    async def put(self, tenant_id: TenantId, index: IndexName, text: str, vector: Vectors) -> None:
        packed = vector.astype(np.float32).tobytes()
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._redis.set(_key(tenant_id, index, text), packed, ex=self._keep_s)
        except (RedisError, OSError, TimeoutError):
            return


def _key(tenant_id: TenantId, index: IndexName, text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"rag:question:{tenant_id}:{index.model}:{index.dimension}:{digest}"
