from gateway.ports import Picture
from runtime.blobs import RedisBlobs


class RedisPictures:
    def __init__(self, blobs: RedisBlobs) -> None:
        self._blobs = blobs

    async def get(self, key: str) -> Picture | None:
        blob = await self._blobs.get(key)
        return Picture(blob.data, blob.media_type) if blob is not None else None
