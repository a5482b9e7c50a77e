"""The files that were uploaded: none stays without a document that names it."""

import logging
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from contracts.errors import UnavailableError
from contracts.ids import DocumentId, TenantId
from gateway.domain.content import ORIGINALS
from gateway.ports.documents import DocumentStore
from gateway.ports.files import FileStore, StoredFile

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Originals:
    """Uploaded files, each with the document that names it or on its way there."""

    documents: DocumentStore
    files: FileStore
    max_bytes: int

    @asynccontextmanager
    async def stored(
        self, tenant_id: TenantId, document_id: DocumentId, file: str, chunks: AsyncIterable[bytes]
    ) -> AsyncGenerator[StoredFile]:
        """Store a file; if the block fails to name it by the document, it is deleted again."""
        try:
            yield await self.files.put(tenant_id, file, chunks, max_bytes=self.max_bytes)
        except BaseException:
            # The database may have done what it did not get to say; where it does not say now
            # either, the sweep asks it.
            with suppress(UnavailableError):
                if not await self.documents.is_named(tenant_id, document_id, file):
                    await self.files.delete(tenant_id, file)
            raise

    async def delete(self, tenant_id: TenantId, file: str) -> None:
        """Delete a needless file; what made it so is done, so a failure is the sweep's."""
        try:
            await self.files.delete(tenant_id, file)
        except UnavailableError as error:
            log.warning("original.left_to_sweep", extra={"code": error.code})

    async def sweep(self, *, before: datetime) -> int:
        """Delete what was stored before then and no document names; how many files that were.

        Args:
            before: longer ago than storing and saving one upload can take.
        """
        count = await self.files.delete_unfinished(before=before)
        async for tenant_id, files in self.files.stored(ORIGINALS, before=before):
            for file in await self.documents.unnamed(tenant_id, files):
                count += await self.files.delete(tenant_id, file)
        return count
