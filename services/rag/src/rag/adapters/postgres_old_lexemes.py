"""Puts terms of their language in the place of the lexemes that earlier versions stored."""

import asyncio
from typing import Final

from contracts.ids import TenantId
from rag.adapters.postgres_passages import add_postings
from rag.adapters.postgres_vectors import one_writer
from rag.domain.lexemes import OLD, languages_of, lexeme_count, lexemes_of
from rag.domain.passages import search_text
from runtime.database import Connection, Database
from runtime.once_queue import OnceQueue

MAX_WAITING: Final = 1_000
"""Tenants; what finds no room is noticed again by the tenant's next search."""

_AN_OLD_DOCUMENT = "SELECT document_id FROM documents WHERE $1 = ANY (languages) LIMIT 1"
_PASSAGES = """
SELECT passage_id, heading, header, text FROM passages WHERE document_id = $1 ORDER BY ordinal
"""
_DELETE_POSTINGS = "DELETE FROM postings WHERE passage_id = ANY ($1::bigint[])"
_SAY_LANGUAGES = "UPDATE documents SET languages = $2, lexeme_count = $3 WHERE document_id = $1"


class OldLexemes:
    """Tenants whose searches met documents of an earlier version, and what is done about it.

    Under row level security nobody sees which tenants have any, so their searches say it. Until
    then such documents are found by English words alone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: OnceQueue[TenantId] = OnceQueue(MAX_WAITING)

    def met(self, tenant_id: TenantId) -> None:
        """Have a tenant's documents renewed soon."""
        self._waiting.put(tenant_id)

    async def run(self) -> None:
        """Does not end by itself."""
        while True:
            tenant_id = await self._waiting.get()
            self._waiting.forget(tenant_id)
            await self.renew(tenant_id)

    async def renew(self, tenant_id: TenantId) -> None:
        """All of a tenant's documents, each at once or not at all.

        Raises:
            UnavailableError: the store did not answer in time; what is done stays done.
        """
        while await self._renew_one(tenant_id):
            pass

    async def _renew_one(self, tenant_id: TenantId) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            await one_writer(connection, tenant_id)
            document_id = await connection.fetchval(_AN_OLD_DOCUMENT, OLD)
            if document_id is not None:
                await _renew(connection, tenant_id, document_id)
        return document_id is not None


async def _renew(connection: Connection, tenant_id: TenantId, document_id: object) -> None:
    rows = await connection.fetch(_PASSAGES, document_id)
    texts = [search_text(row["heading"], row["header"], row["text"]) for row in rows]
    lexemes = await asyncio.to_thread(lexemes_of, texts)
    passage_ids = [row["passage_id"] for row in rows]
    await connection.execute(_DELETE_POSTINGS, passage_ids)
    await add_postings(connection, tenant_id, passage_ids, lexemes)
    said = (languages_of(lexemes), lexeme_count(lexemes))
    await connection.execute(_SAY_LANGUAGES, document_id, *said)
