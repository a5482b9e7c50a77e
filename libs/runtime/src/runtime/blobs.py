"""Bytes too large for a stream: in Redis, with a lifetime."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, cast

from redis.asyncio import Redis

from contracts.ids import SessionId, TenantId
from contracts.media import BlobRef
from runtime.redis_access import Grant
from runtime.redis_client import reply_of

BLOB_LIFETIME_S = 900.0


@dataclass(frozen=True)
class Blob:
    """Bytes and what they are."""

    data: bytes
    media_type: str


def _mark(key: str) -> str:
    return f"named:{key}"


_BLOBS: Final = "blob:*"
STORES_BLOBS: Final = (
    Grant(("hset", "pexpire"), (_BLOBS,)),
    Grant(("set",), (_mark(_BLOBS),)),
)
READS_BLOBS: Final = (Grant(("hmget",), (_BLOBS,)), Grant(("exists",), (_mark(_BLOBS),)))


class RedisBlobs:
    """Keys are `blob:{tenant}:{session}:{sha256}`, so the same bytes are stored once a session."""

    def __init__(self, redis: Redis) -> None:
        # redis-py types replies for all protocols at once; these are bytes.
        self._redis = cast("Any", redis)

    async def put(
        self,
        data: bytes,
        *,
        media_type: str,
        tenant_id: TenantId,
        session_id: SessionId,
        lifetime_s: float = BLOB_LIFETIME_S,
    ) -> BlobRef:
        """Store; the reference goes into a fact. Again: the lifetime starts again.

        Raises:
            UnavailableError: Redis does not answer or cannot store.
        """
        digest = sha256(data).hexdigest()
        key = f"blob:{tenant_id}:{session_id}:{digest}"
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(key, mapping={b"data": data, b"type": media_type})
        pipe.pexpire(key, max(1, int(lifetime_s * 1000)))
        await reply_of(pipe.execute())
        return BlobRef(key=key, media_type=media_type, size_bytes=len(data), sha256=digest)

    async def get(self, key: str) -> Blob | None:
        """None when it expired.

        Raises:
            UnavailableError: Redis does not answer.
        """
        data, media_type = await reply_of(self._redis.hmget(key, "data", "type"))
        return None if data is None else Blob(data, media_type.decode())

    async def name(self, key: str, *, lifetime_s: float = BLOB_LIFETIME_S) -> None:
        """Mark as named, so that no reader drops it, and start its lifetime again.

        The mark holds also for a blob that is stored later.

        Raises:
            UnavailableError: Redis does not answer.
        """
        pipe = self._redis.pipeline(transaction=False)
        lifetime_ms = max(1, int(lifetime_s * 1000))
        pipe.set(_mark(key), 1, px=lifetime_ms)
        pipe.pexpire(key, lifetime_ms)
        await reply_of(pipe.execute())

    async def is_named(self, key: str) -> bool:
        """Whether it was named within its lifetime.

        Raises:
            UnavailableError: Redis does not answer.
        """
        return bool(await reply_of(self._redis.exists(_mark(key))))
