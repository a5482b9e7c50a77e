"""The words of each tenant's documents in PostgreSQL; every statement sees one tenant only."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.ids import TenantId
from misheard.vocabulary import Vocabulary, words_of
from rag.adapters.postgres_passages import Owner
from rag.domain.passages import NewPassage
from rag.domain.second_look import AskedWords
from runtime.clock import Clock
from runtime.database import Connection, Database

MOST_WORDS: Final = 50_000
"""Of one tenant, those in most documents first: 0.1 kB each while they are kept."""
MOST_KEPT: Final = 500_000
"""Words of all tenants together; the tenant that asked longest ago is forgotten."""
LOADING_RATIO: Final = 0.02
"""Of a tenant's time that loading may take, however often its documents change."""

# Of a stop word `ts_lexize` gives no stem.
_ASKED = """
SELECT asked.word, EXISTS (SELECT FROM words WHERE words.stem = asked.stem) AS known
FROM (
    SELECT DISTINCT word, (ts_lexize('english_stem', word))[1] AS stem
    FROM unnest($1::text[]) AS word
) AS asked
WHERE asked.stem IS NOT NULL
"""

_VERSION = "SELECT concat_ws(' ', count(*), max(indexed_at)) FROM documents"

_WORDS = """
SELECT word FROM words WHERE stem IS NOT NULL GROUP BY word ORDER BY count(*) DESC, word LIMIT $1
"""

_ADD_WORDS = "INSERT INTO words (tenant_id, document_id, word) SELECT $1, $2, unnest($3::text[])"


async def add_words(connection: Connection, owner: Owner, passages: Sequence[NewPassage]) -> None:
    """Of all passages of a document that is new, each word once."""
    words = {word for passage in passages for word in words_of(passage.search_text)}
    await connection.execute(_ADD_WORDS, owner.tenant_id, owner.document_id, sorted(words))


@dataclass(frozen=True)
class _Loaded:
    vocabulary: Vocabulary
    version: str
    fresh_until_s: float


class PostgresWords:
    """The port `Words`. The role's search_path is the schema `rag`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._kept: OrderedDict[TenantId, _Loaded] = OrderedDict()

    async def asked(self, tenant_id: TenantId, words: Sequence[str]) -> AskedWords:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(_ASKED, list(words))
        return AskedWords(len(rows), frozenset(row["word"] for row in rows if not row["known"]))

    async def vocabulary(self, tenant_id: TenantId) -> Vocabulary:
        began_s = self._clock.monotonic()
        kept = self._kept.get(tenant_id)
        if kept is not None and began_s < kept.fresh_until_s:
            return kept.vocabulary
        async with self._database.tenant(tenant_id) as connection:
            version: str = await connection.fetchval(_VERSION)
            if kept is not None and kept.version == version:
                return kept.vocabulary
            rows = await connection.fetch(_WORDS, MOST_WORDS)
        vocabulary = await asyncio.to_thread(Vocabulary, [row["word"] for row in rows])
        now_s = self._clock.monotonic()
        self._keep(
            tenant_id, _Loaded(vocabulary, version, now_s + (now_s - began_s) / LOADING_RATIO)
        )
        return vocabulary

    def _keep(self, tenant_id: TenantId, loaded: _Loaded) -> None:
        self._kept.pop(tenant_id, None)
        self._kept[tenant_id] = loaded
        while len(self._kept) > 1 and sum(self._sizes()) > MOST_KEPT:
            self._kept.popitem(last=False)

    def _sizes(self) -> list[int]:
        return [len(loaded.vocabulary) for loaded in self._kept.values()]
