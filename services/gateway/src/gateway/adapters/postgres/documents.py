from collections.abc import Sequence
from typing import Any, Final

from contracts.fact import Envelope
from contracts.http import Document
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import DocumentIndexed, DocumentRejected, DocumentUploaded
from gateway.adapters.postgres.outbox import save_to_outbox
from runtime.database import Database, Row

_SELECT: Final = (
    "SELECT document_id, name, status, code, reason, pages, passages, size_bytes, media_type "
    "FROM documents"
)


class PostgresDocuments:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, tenant_id: TenantId, *, limit: int, after: str | None
    ) -> Sequence[Document]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                f"{_SELECT} WHERE $1::text IS NULL OR name > $1 ORDER BY name LIMIT $2",
                after,
                limit,
            )
        return [_document(row) for row in rows]

    async def find(self, tenant_id: TenantId, document_id: DocumentId) -> Document | None:
        async with self._database.tenant(tenant_id) as connection:
            row = await connection.fetchrow(f"{_SELECT} WHERE document_id = $1", document_id)
        return _document(row) if row is not None else None

    async def same(self, tenant_id: TenantId, sha256: str) -> Document | None:
        async with self._database.tenant(tenant_id) as connection:
            row = await connection.fetchrow(
                f"{_SELECT} WHERE sha256 = $1 AND status <> 'rejected' ORDER BY name LIMIT 1",
                sha256,
            )
        return _document(row) if row is not None else None

    async def upload(self, event: Envelope[DocumentUploaded]) -> str | None:
        uploaded = event.data
        async with self._database.tenant(event.tenant_id) as connection:
            older: str | None = await connection.fetchval(
                "SELECT file FROM documents WHERE document_id = $1 FOR UPDATE",
                uploaded.document_id,
            )
            await connection.execute(
                "INSERT INTO documents (document_id, tenant_id, uploaded_id, name, file, "
                "media_type, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
                "ON CONFLICT (document_id) DO UPDATE SET uploaded_id = excluded.uploaded_id, "
                "file = excluded.file, media_type = excluded.media_type, "
                "size_bytes = excluded.size_bytes, sha256 = excluded.sha256, status = 'pending', "
                "code = NULL, reason = NULL, pages = NULL, passages = NULL",
                uploaded.document_id,
                event.tenant_id,
                event.id,
                uploaded.name,
                uploaded.file,
                uploaded.media_type,
                uploaded.size_bytes,
                uploaded.sha256,
            )
            await save_to_outbox(connection, event)
        return older

    async def remove(self, event: Envelope[Any]) -> str | None:
        async with self._database.tenant(event.tenant_id) as connection:
            file: str | None = await connection.fetchval(
                "DELETE FROM documents WHERE document_id = $1 RETURNING file",
                event.data.document_id,
            )
            if file is not None:
                await save_to_outbox(connection, event)
        return file

    async def settle(self, event: Envelope[DocumentIndexed] | Envelope[DocumentRejected]) -> None:
        settled = event.data
        rejected = settled if isinstance(settled, DocumentRejected) else None
        indexed = settled if isinstance(settled, DocumentIndexed) else None
        async with self._database.tenant(event.tenant_id) as connection:
            await connection.execute(
                "UPDATE documents SET status = $3, code = $4, reason = $5, pages = $6, "
                "passages = $7 WHERE document_id = $1 AND uploaded_id = $2",
                settled.document_id,
                event.cause_id,
                indexed.status if indexed else "rejected",
                rejected.code if rejected else None,
                rejected.reason if rejected else None,
                indexed.pages if indexed else None,
                indexed.passages if indexed else None,
            )


def _document(row: Row) -> Document:
    return Document.model_validate({name: row[name] for name in row.keys()})  # noqa: SIM118 - a Row iterates over values
