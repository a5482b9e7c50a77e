"""The file store."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import datetime
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

    def stored(
        self, folder: str, *, before: datetime
    ) -> AsyncIterator[tuple[TenantId, Sequence[str]]]:
        """Names in this folder of every tenant, last written before then, some at a time."""
        ...

    async def delete_unfinished(self, *, before: datetime) -> int:
        """Delete what was begun and not written on since then: its writer is gone; how many."""
        ...
