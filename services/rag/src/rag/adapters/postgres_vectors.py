"""Vectors beside their passages: which index is live, and how another takes its place."""

from collections.abc import Sequence
from typing import Final

from contracts.ids import TenantId
from rag.adapters.vector_text import vector_text
from rag.domain.passages import IndexName, Unembedded, Vectors, search_text
from runtime.database import Connection, Database

_INDEX_ID = """
WITH made AS (
    INSERT INTO index_versions (tenant_id, model, dimension, live_since)
    SELECT $1, $2, $3, CASE WHEN count(live_since) = 0 THEN now() END FROM index_versions
    ON CONFLICT (tenant_id, model, dimension) DO NOTHING RETURNING index_id
)
SELECT index_id FROM made
UNION ALL SELECT index_id FROM index_versions WHERE model = $2 AND dimension = $3
LIMIT 1
"""

_LIVE = """
SELECT model, dimension FROM index_versions WHERE live_since IS NOT NULL
ORDER BY live_since DESC, index_id DESC LIMIT 1
"""

# The local model's vectors stand in the passages themselves, all others' in a table of their own.
_NO_LOCAL = "p.embedding IS NULL"
_NO_HOSTED = """
NOT EXISTS (SELECT FROM vectors v WHERE v.passage_id = p.passage_id AND v.index_id = $1)
"""
# The first condition is for the local model, whose text says nothing of $1.
_MISSING = """
SELECT p.passage_id, p.document_id, p.heading, p.header, p.text FROM passages p
WHERE $1::bigint IS NOT NULL AND {lacks} ORDER BY p.passage_id LIMIT $2
"""
_IS_MISSING = """
SELECT EXISTS (SELECT FROM passages p WHERE $1::bigint IS NOT NULL AND {lacks})
"""
_ADD_LOCAL = """
UPDATE passages p SET embedding = given.embedding::vector, index_id = $1
FROM unnest($2::bigint[], $3::text[]) AS given (passage_id, embedding)
WHERE p.passage_id = given.passage_id
"""
_ADD_HOSTED = """
INSERT INTO vectors (tenant_id, index_id, passage_id, dimension, embedding)
SELECT tenant_id, $1, passage_id, vector_dims(given.embedding::vector), given.embedding::vector
FROM unnest($2::bigint[], $3::text[]) AS given (passage_id, embedding)
JOIN passages p USING (passage_id)
ON CONFLICT (tenant_id, index_id, passage_id) DO NOTHING
"""
# What an earlier change of models left, and nobody compares.
_FORGET_OTHERS = """
DELETE FROM vectors WHERE index_id <> $1 AND index_id <>
    (SELECT index_id FROM index_versions WHERE live_since IS NOT NULL
     ORDER BY live_since DESC, index_id DESC LIMIT 1)
"""

_BATCH: Final = 200
"""Rows a statement, so that none takes long."""


async def index_id_of(connection: Connection, tenant_id: TenantId, index: IndexName) -> int:
    """Of the tenant's index; made where it is not there, live where no other is."""
    made: int = await connection.fetchval(_INDEX_ID, tenant_id, index.model, index.dimension)
    return made


async def live_index(connection: Connection) -> IndexName | None:
    """See `Index.live`."""
    row = await connection.fetchrow(_LIVE)
    return None if row is None else IndexName(row["model"], row["dimension"])


async def add_hosted(
    connection: Connection, index_id: int, passage_ids: Sequence[int], vectors: Vectors
) -> None:
    """Of passages that are there; a row each."""
    texts = [vector_text(vector) for vector in vectors]
    await connection.execute(_ADD_HOSTED, index_id, list(passage_ids), texts)


class PostgresVectors:
    """The vectors of all tenants. The role's search_path is the schema `rag`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, tenant_id: TenantId, index: IndexName) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            if await live_index(connection) in (index, None):
                return False
            index_id = await index_id_of(connection, tenant_id, index)
            await connection.execute(_FORGET_OTHERS, index_id)
        return True

    async def missing(
        self, tenant_id: TenantId, index: IndexName, *, limit: int
    ) -> Sequence[Unembedded]:
        async with self._database.tenant(tenant_id) as connection:
            index_id = await index_id_of(connection, tenant_id, index)
            rows = await connection.fetch(
                _MISSING.format(lacks=_lacks(index)),
                index_id,
                limit,
            )
        return [
            Unembedded(
                row["passage_id"],
                row["document_id"],
                search_text(row["heading"], row["header"], row["text"]),
            )
            for row in rows
        ]

    async def add(
        self,
        tenant_id: TenantId,
        index: IndexName,
        passage_ids: Sequence[int],
        vectors: Vectors,
    ) -> None:
        async with self._database.tenant(tenant_id) as connection:
            index_id = await index_id_of(connection, tenant_id, index)
            add = _ADD_HOSTED if index.provider else _ADD_LOCAL
            for start in range(0, len(passage_ids), _BATCH):
                some = slice(start, start + _BATCH)
                texts = [vector_text(vector) for vector in vectors[some]]
                await connection.execute(add, index_id, list(passage_ids[some]), texts)

    async def make_live(self, tenant_id: TenantId, index: IndexName) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            await one_writer(connection, tenant_id)
            index_id = await index_id_of(connection, tenant_id, index)
            if await connection.fetchval(_IS_MISSING.format(lacks=_lacks(index)), index_id):
                return False
            await connection.execute("UPDATE documents SET index_id = $1", index_id)
            await connection.execute(
                "UPDATE index_versions SET live_since = clock_timestamp() WHERE index_id = $1",
                index_id,
            )
        return True


async def one_writer(connection: Connection, tenant_id: TenantId) -> None:
    """Until the transaction ends: two uploads of one name must not meet in the middle."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('rag/' || $1, 0))", tenant_id
    )


def _lacks(index: IndexName) -> str:
    return _NO_HOSTED if index.provider else _NO_LOCAL
