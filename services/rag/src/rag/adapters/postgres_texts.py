"""What indexed documents say, from PostgreSQL; every statement sees one tenant only."""

from uuid import UUID

from contracts.ids import TenantId
from rag.domain.page_text import AROUND_CHARS, PageText, joined
from runtime.database import Database

# The nearest passage tells the page; a passage never runs over one.
_PAGE = """
WITH nearest AS (
    SELECT page, heading FROM passages WHERE document_id = $1
    ORDER BY greatest(start_char - $2, $2 - end_char + 1, 0), ordinal LIMIT 1
)
SELECT d.name, d.pages, p.page, p.start_char, p.text, nearest.heading
FROM nearest CROSS JOIN documents d JOIN passages p USING (tenant_id, document_id)
WHERE p.document_id = $1 AND (p.page = nearest.page OR nearest.page IS NULL AND p.page IS NULL
    AND p.end_char >= $2 - $3 AND p.start_char <= $2 + $3)
ORDER BY p.ordinal
"""


class PostgresTexts:
    """The text of all tenants' documents. The role's search_path is the schema `rag`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page_at(self, tenant_id: TenantId, document_id: UUID, at: int) -> PageText | None:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(_PAGE, document_id, at, AROUND_CHARS)
        if not rows:
            return None
        first = rows[0]
        start, text = joined([(row["start_char"], row["text"]) for row in rows])
        return PageText(first["name"], first["page"], first["pages"], start, text, first["heading"])
