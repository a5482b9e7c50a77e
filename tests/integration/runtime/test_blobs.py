"""Blobs: bytes with a lifetime."""

from redis.asyncio import Redis

from contracts.ids import SessionId, TenantId
from runtime.blobs import Blob, RedisBlobs
from runtime.ids import new_id
from support.eventually import eventually

ACME = TenantId("acme")


async def test_a_blob_comes_back_as_it_was(redis: Redis) -> None:
    blobs, session = RedisBlobs(redis), SessionId(new_id())
    ref = await blobs.put(
        b"\xff\xd8jpeg", media_type="image/jpeg", tenant_id=ACME, session_id=session
    )
    assert ref.key.startswith(f"blob:acme:{session}:")
    assert (ref.size_bytes, len(ref.sha256)) == (6, 64)
    assert await blobs.get(ref.key) == Blob(b"\xff\xd8jpeg", "image/jpeg")


async def test_an_expired_blob_is_absent_not_an_error(redis: Redis) -> None:
    blobs = RedisBlobs(redis)
    ref = await blobs.put(
        b"jpeg",
        media_type="image/jpeg",
        tenant_id=ACME,
        session_id=SessionId(new_id()),
        lifetime_s=0.01,
    )
    assert await eventually(lambda: blobs.get(ref.key), equals=None) is None


async def test_naming_a_blob_prolongs_it_and_says_so(redis: Redis) -> None:
    blobs = RedisBlobs(redis)
    ref = await blobs.put(
        b"jpeg",
        media_type="image/jpeg",
        tenant_id=ACME,
        session_id=SessionId(new_id()),
        lifetime_s=5,
    )
    assert not await blobs.is_named(ref.key)
    await blobs.name(ref.key)
    assert await blobs.is_named(ref.key)
    assert await redis.pttl(ref.key) > 800_000
