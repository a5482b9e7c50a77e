"""The promise of a store of durable files."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from contracts.ids import TenantId


@dataclass(frozen=True)
class StoredFile:
    """What was stored. `name` is within the tenant: `documents/<id>`, `recordings/<id>.mp4`."""

    name: str
    size_bytes: int
    sha256: str


class Files(Protocol):
    """The file store. A name is one to six parts `[A-Za-z0-9][A-Za-z0-9._-]*` joined by `/`.

    Every method raises RejectedError(code="bad_file_name") for another name, and UnavailableError
    when the store does not answer or its disk is full.
    """

    async def put(
        self,
        tenant_id: TenantId,
        name: str,
        chunks: AsyncIterable[bytes],
        *,
        max_bytes: int,
    ) -> StoredFile:
        """Store whole or not at all; replaces what was there.

        Raises:
            RejectedError: code "file_too_large"; nothing is left behind.
        """
        ...

    async def size_bytes(self, tenant_id: TenantId, name: str) -> int | None:
        """None when there is no such file."""
        ...

    def read(
        self, tenant_id: TenantId, name: str, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Chunks of at most 64 KiB of bytes [start, end).

        Raises:
            RejectedError: code "no_such_file".
        """
        ...

    def local(self, tenant_id: TenantId, name: str) -> AbstractAsyncContextManager[Path]:
        """A local path to read from while the block lasts, for libraries that need one.

        Raises:
            RejectedError: code "no_such_file".
        """
        ...

    async def delete(self, tenant_id: TenantId, name: str) -> bool:
        """False when it was not there."""
        ...

    def stored(
        self, folder: str, *, before: datetime
    ) -> AsyncIterator[tuple[TenantId, Sequence[str]]]:
        """Names directly in this folder of every tenant, last written before then.

        At most `LISTED_AT_ONCE` at a time, in no order; a folder that is not there holds none.
        """
        ...

    async def delete_unfinished(self, *, before: datetime) -> int:
        """Delete what was begun and not written on since then: its writer is gone; how many."""
        ...
