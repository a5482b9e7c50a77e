import json
from collections.abc import Sequence
from typing import Any, Final

from contracts.fact import Envelope
from contracts.http import Document
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentRemoved,
    DocumentUploaded,
)
from gateway.adapters.postgres.outbox import save_to_outbox
from gateway.ports.documents import SavedChange
from runtime.database import Connection, Database, Row

_SELECT: Final = (
    "SELECT document_id, name, status, code, reason, pages, passages, size_bytes, media_type, "
    "warnings FROM documents"
)
_PUT: Final = (
    "INSERT INTO documents (document_id, tenant_id, uploaded_id, name, file, media_type, "
    "size_bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (document_id) DO UPDATE SET uploaded_id = excluded.uploaded_id, "
    "file = excluded.file, media_type = excluded.media_type, size_bytes = excluded.size_bytes, "
    "sha256 = excluded.sha256, status = 'pending', code = NULL, reason = NULL, pages = NULL, "
    "passages = NULL, warnings = '[]'"
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

    async def same(
        self, tenant_id: TenantId, document_id: DocumentId, sha256: str
    ) -> Document | None:
        async with self._database.tenant(tenant_id) as connection:
            return await _same(connection, document_id, sha256)

    async def upload(self, event: Envelope[DocumentUploaded]) -> SavedChange | Document:
        uploaded = event.data
        async with self._database.tenant(event.tenant_id) as connection:
            await _lock(connection, event.tenant_id, uploaded.document_id)
            same = await _same(connection, uploaded.document_id, uploaded.sha256)
            if same is not None:
                return same
            older = await connection.fetchrow(
                "SELECT file, status FROM documents WHERE document_id = $1 FOR UPDATE",
                uploaded.document_id,
            )
            await connection.execute(
                _PUT,
                uploaded.document_id,
                event.tenant_id,
                event.id,
                uploaded.name,
                uploaded.file,
                uploaded.media_type,
                uploaded.size_bytes,
                uploaded.sha256,
            )
            return await _saved(connection, event, older)

    async def remove(self, event: Envelope[DocumentRemoved]) -> SavedChange | None:
        document_id = event.data.document_id
        async with self._database.tenant(event.tenant_id) as connection:
            await _lock(connection, event.tenant_id, document_id)
            removed = await connection.fetchrow(
                "DELETE FROM documents WHERE document_id = $1 RETURNING file, status", document_id
            )
            return None if removed is None else await _saved(connection, event, removed)

    async def settle(self, event: Envelope[DocumentIndexed] | Envelope[DocumentRejected]) -> bool:
        settled = event.data
        rejected = settled if isinstance(settled, DocumentRejected) else None
        indexed = settled if isinstance(settled, DocumentIndexed) else None
        warnings = [warning.model_dump() for warning in indexed.warnings] if indexed else []
        async with self._database.tenant(event.tenant_id) as connection:
            noted = await connection.fetchval(
                "UPDATE documents SET status = $3, code = $4, reason = $5, pages = $6, "
                "passages = $7, warnings = $8 WHERE document_id = $1 AND uploaded_id = $2 "
                "RETURNING true",
                settled.document_id,
                event.cause_id,
                indexed.status if indexed else "rejected",
                rejected.code if rejected else None,
                rejected.reason if rejected else None,
                indexed.pages if indexed else None,
                indexed.passages if indexed else None,
                json.dumps(warnings),
            )
        return bool(noted)

    async def is_named(self, tenant_id: TenantId, document_id: DocumentId, file: str) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            await _lock(connection, tenant_id, document_id)
            return bool(
                await connection.fetchval(
                    "SELECT EXISTS (SELECT FROM documents WHERE document_id = $1 AND file = $2)",
                    document_id,
                    file,
                )
            )

    async def unnamed(self, tenant_id: TenantId, files: Sequence[str]) -> Sequence[str]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT file FROM unnest($1::text[]) AS stored (file) "
                "WHERE NOT EXISTS (SELECT FROM documents d WHERE d.file = stored.file)",
                files,
            )
        return [row["file"] for row in rows]


async def _lock(connection: Connection, tenant_id: TenantId, document_id: DocumentId) -> None:
    """Until the transaction ends: what happens to one document happens one after the other."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('gateway/document/' || $1, 0))",
        f"{tenant_id}/{document_id}",
    )


async def _same(connection: Connection, document_id: DocumentId, sha256: str) -> Document | None:
    row = await connection.fetchrow(
        f"{_SELECT} WHERE document_id = $1 AND sha256 = $2 AND status <> 'rejected'",
        document_id,
        sha256,
    )
    return _document(row) if row is not None else None


async def _saved(connection: Connection, event: Envelope[Any], older: Row | None) -> SavedChange:
    number: int = await connection.fetchval("SELECT nextval('document_changes')")
    data = event.data.model_copy(update={"change_number": number})
    numbered = event.model_copy(update={"data": data})
    await save_to_outbox(connection, numbered)
    is_read = older is not None and older["status"] != "pending"
    return SavedChange(numbered, older["file"] if older is not None and is_read else None)


def _document(row: Row) -> Document:
    columns = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates over values
    return Document.model_validate(columns | {"warnings": json.loads(row["warnings"])})
