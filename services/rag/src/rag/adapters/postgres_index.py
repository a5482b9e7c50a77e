"""Search in PostgreSQL with pgvector; every statement sees one tenant only."""

from collections.abc import Sequence

from contracts.ids import TenantId
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.adapters.vector_text import vector_text
from rag.domain.lexemes import OLD, asked_lexemes
from rag.domain.passages import IndexName, StoredPassage, Vectors
from rag.domain.ranking import Hit
from runtime.database import Database, Row

# Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), section 3.4.
K1 = 1.2
B = 0.75

# Without strict_order the HNSW index gives up after ef_search rows, most of them other tenants': a
# tenant of middling size silently gets 3 of 20 (measured). The planner takes the index only for
# tenants whose rows are many; the bound on what it may look through is for a plan gone wrong.
_HNSW = """
SET LOCAL hnsw.iterative_scan = strict_order;
SET LOCAL hnsw.ef_search = 100;
SET LOCAL hnsw.max_scan_tuples = 100000
"""

_NEAR = """
SELECT passage_id, 1 - (embedding <=> $1::vector) AS score FROM passages
WHERE index_id = (SELECT index_id FROM index_versions WHERE model = $2 AND dimension = $3)
ORDER BY embedding <=> $1::vector LIMIT $4
"""

_LANGUAGES = "SELECT DISTINCT unnest(languages) AS language FROM documents"

# BM25 divided by the most that the question's words could give, so that a score means the same for
# every question: the share of its weight that the passage holds. A word that no passage holds
# weighs as one that a single passage holds, else it would outweigh all others in a small index.
# Each passage is compared in its own language; what earlier versions stored, in their English.
_MATCHING = """
WITH totals AS MATERIALIZED (
    SELECT sum(passage_count)::float8 AS passages,
           sum(lexeme_count)::float8 / nullif(sum(passage_count), 0) AS mean_length
    FROM documents
), asked AS MATERIALIZED (
    SELECT language, lexeme FROM unnest($1::text[], $2::text[]) AS given (language, lexeme)
    UNION ALL SELECT $4, unnest(tsvector_to_array(to_tsvector('english', $3)))
), hits AS MATERIALIZED (
    SELECT language, lexeme, passage_id, occurrences, length FROM postings
    WHERE lexeme = ANY (ARRAY(SELECT lexeme FROM asked))
), counts AS (
    SELECT language, lexeme, count(*) AS passages_with FROM hits GROUP BY language, lexeme
), weights AS MATERIALIZED (
    SELECT language, lexeme,
           ln(1 + (passages - coalesce(passages_with, 1) + 0.5)
                / (coalesce(passages_with, 1) + 0.5)) AS weight
    FROM asked LEFT JOIN counts USING (language, lexeme) CROSS JOIN totals
), most AS (
    SELECT language, sum(weight) AS weight FROM weights GROUP BY language
), scores AS (
    SELECT passage_id, language,
           sum(weight * occurrences / (occurrences
               + $6::float8 * (1 - $7::float8 + $7 * length / mean_length))) AS score
    FROM hits JOIN weights USING (language, lexeme) CROSS JOIN totals
    GROUP BY passage_id, language
)
SELECT passage_id, score / most.weight AS score FROM scores JOIN most USING (language)
ORDER BY score DESC, passage_id LIMIT $5
"""

_PASSAGES = """
SELECT p.passage_id, p.document_id, d.name, p.page, p.start_char, p.end_char, p.heading, p.header,
       p.text, 1 - (p.embedding <=> $2::vector) AS similarity
FROM passages p JOIN documents d USING (tenant_id, document_id)
WHERE p.passage_id = ANY ($1::bigint[])
"""


class PostgresIndex:
    """The index of all tenants. The role's search_path is the schema `rag`."""

    def __init__(self, database: Database, old: OldLexemes) -> None:
        self._database = database
        self._old = old

    async def near(
        self, tenant_id: TenantId, index: IndexName, vector: Vectors, *, limit: int
    ) -> list[Hit]:
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(_HNSW)
            rows = await connection.fetch(
                _NEAR, vector_text(vector), index.model, index.dimension, limit
            )
        return [Hit(row["passage_id"], row["score"]) for row in rows]

    async def matching(self, tenant_id: TenantId, text: str, *, limit: int) -> list[Hit]:
        async with self._database.tenant(tenant_id) as connection:
            languages = [row["language"] for row in await connection.fetch(_LANGUAGES)]
            asked = asked_lexemes(text, languages)
            is_old = OLD in languages
            rows = await connection.fetch(
                _MATCHING,
                [language for language, _ in asked],
                [lexeme for _, lexeme in asked],
                text if is_old else "",
                OLD,
                limit,
                K1,
                B,
            )
        if is_old:
            self._old.met(tenant_id)
        return [Hit(row["passage_id"], row["score"]) for row in rows]

    async def passages(
        self, tenant_id: TenantId, passage_ids: Sequence[int], vector: Vectors
    ) -> list[StoredPassage]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(_PASSAGES, list(passage_ids), vector_text(vector))
        by_id = {row["passage_id"]: _stored(row) for row in rows}
        return [by_id[passage_id] for passage_id in passage_ids if passage_id in by_id]


def _stored(row: Row) -> StoredPassage:
    return StoredPassage(
        passage_id=row["passage_id"],
        document_id=row["document_id"],
        document=row["name"],
        page=row["page"],
        start=row["start_char"],
        end=row["end_char"],
        heading=row["heading"],
        header=row["header"],
        text=row["text"],
        # Rounding can leave the cosine a hair outside.
        similarity=max(-1.0, min(1.0, row["similarity"])),
    )
