"""The file store."""

from collections.abc import AsyncIterable
from typing import Protocol

from contracts.ids import TenantId


class StoredFile(Protocol):
    """A file that was stored."""

    @property
    def name(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...


class FileStore(Protocol):
    """The file store."""

    async def put(
        self, tenant_id: TenantId, name: str, chunks: AsyncIterable[bytes], *, max_bytes: int
    ) -> StoredFile:
        """Store whole or not at all.

        Raises:
            RejectedError: code "file_too_large"; nothing is left behind.
        """
        ...

    async def delete(self, tenant_id: TenantId, name: str) -> bool: ...
