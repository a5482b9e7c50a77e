"""A document's passages on their way into PostgreSQL, with the postings that BM25 needs."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from contracts.ids import TenantId
from rag.adapters.postgres_vectors import add_hosted
from rag.adapters.vector_text import vector_text
from rag.domain.lexemes import Lexemes
from rag.domain.passages import NewPassage, Vectors
from runtime.database import Connection

_ADD_PASSAGES = """
WITH added AS (
    INSERT INTO passages (tenant_id, document_id, index_id, ordinal, page, start_char, end_char,
                          heading, header, text, embedding)
    SELECT $1, $2, $3, ordinality + $11, page, start_char, end_char, heading, header, text,
           embedding::vector
    FROM unnest($4::int[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[])
        WITH ORDINALITY AS given (page, start_char, end_char, heading, header, text, embedding)
    RETURNING passage_id, ordinal
)
SELECT passage_id FROM added ORDER BY ordinal
"""

_ADD_POSTINGS = """
INSERT INTO postings (tenant_id, passage_id, length, language, lexeme, occurrences)
SELECT $1, passage_id, length, language, lexeme, occurrences
FROM unnest($2::bigint[], $3::int[], $4::text[], $5::text[], $6::smallint[])
    AS given (passage_id, length, language, lexeme, occurrences)
"""

# Rows a statement, so that none takes long and memory stays bounded.
_BATCH = 200


class Owner(NamedTuple):
    """Whose passages they are, and the index their vectors belong to."""

    tenant_id: TenantId
    document_id: UUID
    index_id: int
    hosted: bool


async def add_passages(
    connection: Connection,
    owner: Owner,
    passages: Sequence[NewPassage],
    vectors: Vectors,
    lexemes: Sequence[Lexemes],
) -> None:
    """In their order; `vectors` has a row for each, `lexemes` an entry."""
    for start in range(0, len(passages), _BATCH):
        some = slice(start, start + _BATCH)
        ids = await _add_passages(connection, owner, start, passages[some], vectors[some])
        if owner.hosted:
            await add_hosted(connection, owner.index_id, ids, vectors[some])
        await add_postings(connection, owner.tenant_id, ids, lexemes[some])


async def add_postings(
    connection: Connection,
    tenant_id: TenantId,
    passage_ids: Sequence[int],
    lexemes: Sequence[Lexemes],
) -> None:
    """Of passages that have none; in the same order."""
    for start in range(0, len(passage_ids), _BATCH):
        some = slice(start, start + _BATCH)
        rows = [
            (passage_id, sum(found.occurrences.values()), found.language, lexeme, count)
            for passage_id, found in zip(passage_ids[some], lexemes[some], strict=True)
            for lexeme, count in found.occurrences.items()
        ]
        columns = list(zip(*rows, strict=True)) if rows else [()] * 5
        await connection.execute(_ADD_POSTINGS, tenant_id, *columns)


async def _add_passages(
    connection: Connection,
    owner: Owner,
    first: int,
    passages: Sequence[NewPassage],
    vectors: Vectors,
) -> list[int]:
    columns: tuple[list[Any], ...] = (
        [passage.chunk.page for passage in passages],
        [passage.chunk.start for passage in passages],
        [passage.chunk.end for passage in passages],
        [passage.chunk.heading for passage in passages],
        [passage.header for passage in passages],
        [passage.text for passage in passages],
        [None if owner.hosted else vector_text(vector) for vector in vectors],
    )
    rows = await connection.fetch(_ADD_PASSAGES, *owner[:3], *columns, first)
    return [row["passage_id"] for row in rows]
