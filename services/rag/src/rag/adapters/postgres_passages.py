"""A document's passages on their way into PostgreSQL, with the postings that BM25 needs."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from contracts.ids import TenantId
from rag.adapters.vector_text import vector_text
from rag.domain.passages import NewPassage, Vectors
from runtime.database import Connection

# `occurrences` counts at most 255 positions of one lexeme in one passage, as a tsvector holds.
_ADD_PASSAGES = """
WITH given AS (
    SELECT * FROM unnest($4::int[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[],
                         $10::text[])
        WITH ORDINALITY AS given (page, start_char, end_char, heading, header, text, embedding)
), added AS (
    INSERT INTO passages (tenant_id, document_id, index_id, ordinal, page, start_char, end_char,
                          heading, header, text, embedding)
    SELECT $1, $2, $3, ordinality + $11, page, start_char, end_char, heading, header, text,
           embedding::vector
    FROM given
    RETURNING passage_id, ordinal
), lexemes AS (
    SELECT added.passage_id, word.lexeme, cardinality(word.positions) AS occurrences
    FROM unnest($12::text[]) WITH ORDINALITY AS searched (text, ordinality)
    JOIN added ON added.ordinal = searched.ordinality + $11
    CROSS JOIN LATERAL unnest(to_tsvector('english', searched.text)) AS word
), posted AS (
    INSERT INTO postings (tenant_id, lexeme, passage_id, occurrences, length)
    SELECT $1, lexeme, passage_id, occurrences, sum(occurrences) OVER (PARTITION BY passage_id)
    FROM lexemes
    RETURNING occurrences
)
UPDATE documents
SET lexeme_count = lexeme_count + (SELECT coalesce(sum(occurrences), 0) FROM posted)
WHERE document_id = $2
"""

# Rows a statement, so that none takes long and memory stays bounded.
_BATCH = 200


class Owner(NamedTuple):
    """Whose passages they are, and the index their vectors belong to."""

    tenant_id: TenantId
    document_id: UUID
    index_id: int


async def add_passages(
    connection: Connection, owner: Owner, passages: Sequence[NewPassage], vectors: Vectors
) -> None:
    """In their order; `vectors` has a row for each."""
    for start in range(0, len(passages), _BATCH):
        some = slice(start, start + _BATCH)
        await _add_passages(connection, owner, start, passages[some], vectors[some])


async def _add_passages(
    connection: Connection,
    owner: Owner,
    first: int,
    passages: Sequence[NewPassage],
    vectors: Vectors,
) -> None:
    columns: tuple[list[Any], ...] = (
        [passage.chunk.page for passage in passages],
        [passage.chunk.start for passage in passages],
        [passage.chunk.end for passage in passages],
        [passage.chunk.heading for passage in passages],
        [passage.header for passage in passages],
        [passage.text for passage in passages],
        [vector_text(vector) for vector in vectors],
    )
    searched = [passage.search_text for passage in passages]
    await connection.execute(_ADD_PASSAGES, *owner, *columns, first, searched)
