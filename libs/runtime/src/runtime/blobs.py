"""Bytes too large for a stream, such as frames: in Redis, with a lifetime."""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from contracts.ids import SessionId, TenantId
from contracts.media import BlobRef

BLOB_LIFETIME_S = 900.0


@dataclass(frozen=True)
class Blob:
    """Bytes and what they are."""

    data: bytes
    media_type: str


class RedisBlobs:
    """Keys are `blob:{tenant}:{session}:{sha256}`, so the same bytes are stored once a session."""

    def __init__(self, redis: Redis) -> None:
        raise NotImplementedError

    async def put(
        self,
        data: bytes,
        *,
        media_type: str,
        tenant_id: TenantId,
        session_id: SessionId,
        lifetime_s: float = BLOB_LIFETIME_S,
    ) -> BlobRef:
        """Store; the reference goes into a fact.

        Raises:
            UnavailableError: Redis does not answer or has no memory left.
        """
        raise NotImplementedError

    async def get(self, key: str) -> Blob | None:
        """None when it expired."""
        raise NotImplementedError

    async def name(self, key: str) -> None:
        """Mark as named by a turn: never shed, and its lifetime starts again."""
        raise NotImplementedError

    async def is_named(self, key: str) -> bool:
        raise NotImplementedError
