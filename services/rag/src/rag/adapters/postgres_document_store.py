"""Documents in and out of PostgreSQL; every statement sees one tenant only."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from contracts.ids import TenantId
from rag.adapters.postgres_passages import Owner, add_passages
from rag.adapters.postgres_vectors import index_id_of, one_writer
from rag.adapters.postgres_words import add_words
from rag.domain.documents import LeftOut
from rag.domain.lexemes import Lexemes, languages_of, lexeme_count, lexemes_of
from rag.domain.passages import (
    Change,
    IndexName,
    KnownDocument,
    NewDocument,
    NewPassage,
    Obsolete,
    StoreOutcome,
    Upload,
    Vectors,
)
from runtime.database import Connection, Database, Row

_KNOWN = """
SELECT d.document_id, d.name, d.sha256, d.pages, d.passage_count, d.left_out
FROM documents d WHERE d.name = $1
"""

# $3, $4: number and time of the upload.
_IN_THE_WAY = """
SELECT CASE
    WHEN EXISTS (
        SELECT FROM removed_documents WHERE document_id = $1
        AND coalesce(change_number > $3::bigint, removed_at >= $4)
    ) THEN 'removed'
    WHEN EXISTS (
        SELECT FROM documents WHERE name = $2
        AND coalesce(change_number > $3::bigint, uploaded_at > $4)
    ) THEN 'newer_there'
END
"""

_ADD_DOCUMENT = """
INSERT INTO documents
    (tenant_id, document_id, name, sha256, index_id, pages, uploaded_at, change_number, left_out,
     passage_count, lexeme_count, languages)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""

_NOTE_REMOVAL = """
INSERT INTO removed_documents AS r (tenant_id, document_id, change_number, removed_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, document_id) DO UPDATE SET
    change_number = greatest(r.change_number, $3), removed_at = greatest(r.removed_at, $4)
"""


class PostgresDocumentStore:
    """The documents of all tenants. The role's search_path is the schema `rag`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def renew(self, tenant_id: TenantId, upload: Upload) -> KnownDocument | Obsolete | None:
        async with self._database.tenant(tenant_id) as connection:
            await one_writer(connection, tenant_id)
            obsolete = await _in_the_way(connection, upload)
            if obsolete is not None:
                return obsolete
            row = await connection.fetchrow(_KNOWN, upload.name)
            known = None if row is None else _known(row)
            if known is None or not known.is_same(upload):
                return None
            await connection.execute(
                "UPDATE documents SET document_id = $2, change_number = $3, uploaded_at = $4"
                " WHERE document_id = $1",
                known.document_id,
                upload.document_id,
                upload.change.number,
                upload.change.at,
            )
            return known

    async def replace(
        self,
        tenant_id: TenantId,
        document: NewDocument,
        index: IndexName,
        passages: Sequence[NewPassage],
        vectors: Vectors,
    ) -> StoreOutcome:
        if vectors.shape != (len(passages), index.dimension):
            raise ValueError(f"vectors of shape {vectors.shape} for {len(passages)} passages")
        # A thread: a thousand pages take seconds, and questions must not wait for them.
        texts = [passage.search_text for passage in passages]
        lexemes = await asyncio.to_thread(lexemes_of, texts)
        async with self._database.tenant(tenant_id) as connection:
            await one_writer(connection, tenant_id)
            obsolete = await _in_the_way(connection, document.upload)
            if obsolete is not None:
                return obsolete
            index_id = await index_id_of(connection, tenant_id, index)
            await _put_document(connection, tenant_id, document, index_id, lexemes)
            owner = Owner(
                tenant_id, document.upload.document_id, index_id, hosted=bool(index.provider)
            )
            await add_passages(connection, owner, passages, vectors, lexemes)
            await add_words(connection, owner, passages)
        return "stored"

    async def remove(self, tenant_id: TenantId, document_id: UUID, removal: Change) -> None:
        change = (removal.number, removal.at)
        async with self._database.tenant(tenant_id) as connection:
            await one_writer(connection, tenant_id)
            await connection.execute(_NOTE_REMOVAL, tenant_id, document_id, *change)
            uploaded_before = await connection.fetchval(
                "SELECT coalesce(change_number < $2::bigint, uploaded_at <= $3)"
                " FROM documents WHERE document_id = $1",
                document_id,
                *change,
            )
            if uploaded_before:
                await _delete(connection, document_id)


async def _in_the_way(connection: Connection, upload: Upload) -> Obsolete | None:
    change = (upload.change.number, upload.change.at)
    found: Obsolete | None = await connection.fetchval(
        _IN_THE_WAY, upload.document_id, upload.name, *change
    )
    return found


async def _delete(connection: Connection, document_id: UUID) -> None:
    """From the leaves: a cascade would delete the postings passage by passage."""
    await connection.execute(
        "DELETE FROM postings WHERE passage_id = ANY"
        " (ARRAY(SELECT passage_id FROM passages WHERE document_id = $1))",
        document_id,
    )
    await connection.execute(
        "DELETE FROM vectors WHERE passage_id = ANY"
        " (ARRAY(SELECT passage_id FROM passages WHERE document_id = $1))",
        document_id,
    )
    await connection.execute("DELETE FROM passages WHERE document_id = $1", document_id)
    await connection.execute("DELETE FROM documents WHERE document_id = $1", document_id)


async def _put_document(
    connection: Connection,
    tenant_id: TenantId,
    document: NewDocument,
    index_id: int,
    lexemes: Sequence[Lexemes],
) -> None:
    upload = document.upload
    for row in await connection.fetch(
        "SELECT document_id FROM documents WHERE name = $1 OR document_id = $2",
        upload.name,
        upload.document_id,
    ):
        await _delete(connection, row["document_id"])
    await connection.execute(
        _ADD_DOCUMENT,
        tenant_id,
        upload.document_id,
        upload.name,
        upload.sha256,
        index_id,
        document.pages,
        upload.change.at,
        upload.change.number,
        json.dumps([asdict(part) for part in document.left_out]),
        len(lexemes),
        lexeme_count(lexemes),
        languages_of(lexemes),
    )


def _known(row: Row) -> KnownDocument:
    return KnownDocument(
        document_id=row["document_id"],
        name=row["name"],
        sha256=row["sha256"],
        pages=row["pages"],
        passages=row["passage_count"],
        left_out=tuple(LeftOut(**part) for part in json.loads(row["left_out"])),
    )
