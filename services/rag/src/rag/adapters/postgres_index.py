"""Search in PostgreSQL with pgvector; every statement sees one tenant only."""

from collections.abc import Sequence

from contracts.ids import TenantId
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.adapters.postgres_vectors import live_index
from rag.adapters.vector_text import vector_text
from rag.domain.lexemes import OLD, asked_lexemes
from rag.domain.passages import Compared, IndexName, StoredPassage
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

# The index of vectors is over those of one dimension, so it has to stand in the text.
_NEAR_HOSTED = """
SELECT passage_id, 1 - (embedding::vector({0}) <=> $1::vector({0})) AS score FROM vectors
WHERE dimension = {0}
AND index_id = (SELECT index_id FROM index_versions WHERE model = $2 AND dimension = $3)
ORDER BY embedding::vector({0}) <=> $1::vector({0}) LIMIT $4
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
       p.text, {similarity} AS similarity
FROM passages p JOIN documents d USING (tenant_id, document_id)
WHERE p.passage_id = ANY ($1::bigint[])
"""


_SIMILAR = "1 - (p.embedding <=> $2::vector)"
_SIMILAR_HOSTED = """
(SELECT 1 - (v.embedding <=> $2::vector) FROM vectors v JOIN index_versions i USING (index_id)
 WHERE v.passage_id = p.passage_id AND i.model = $3 AND i.dimension = $4)
"""


class PostgresIndex:
    """The index of all tenants. The role's search_path is the schema `rag`."""

    def __init__(self, database: Database, old: OldLexemes) -> None:
        self._database = database
        self._old = old

    async def live(self, tenant_id: TenantId) -> IndexName | None:
        async with self._database.tenant(tenant_id) as connection:
            return await live_index(connection)

    async def near(self, tenant_id: TenantId, compared: Compared, *, limit: int) -> list[Hit]:
        index = compared.index
        near = _NEAR_HOSTED.format(index.dimension) if index.provider else _NEAR
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(_HNSW)
            rows = await connection.fetch(
                near, vector_text(compared.vector), index.model, index.dimension, limit
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
        self, tenant_id: TenantId, passage_ids: Sequence[int], compared: Compared | None
    ) -> list[StoredPassage]:
        statement, arguments = _similar(compared)
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(statement, list(passage_ids), *arguments)
        by_id = {row["passage_id"]: _stored(row) for row in rows}
        return [by_id[passage_id] for passage_id in passage_ids if passage_id in by_id]


def _similar(compared: Compared | None) -> tuple[str, Sequence[object]]:
    """The statement that reads passages with their similarity, and its arguments from $2 on."""
    if compared is None:
        return _PASSAGES.format(similarity="NULL::float8"), ()
    index, vector = compared.index, vector_text(compared.vector)
    if not index.provider:
        return _PASSAGES.format(similarity=_SIMILAR), (vector,)
    similar = _PASSAGES.format(similarity=_SIMILAR_HOSTED)
    return similar, (vector, index.model, index.dimension)


def _stored(row: Row) -> StoredPassage:
    similarity = row["similarity"]
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
        similarity=None if similarity is None else max(-1.0, min(1.0, similarity)),
    )
