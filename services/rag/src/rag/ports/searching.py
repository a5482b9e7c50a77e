"""What rag needs to find passages, and to show the text around one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from contracts.ids import TenantId
from contracts.tenants import TenantState
from misheard.vocabulary import Vocabulary
from rag.domain.page_text import PageText
from rag.domain.passages import (
    Compared,
    IndexName,
    StoredPassage,
    Vectors,
)
from rag.domain.ranking import Hit
from rag.domain.search import SearchRules
from rag.domain.second_look import AskedWords
from rag.ports.embedding import Embedder
from rag.ports.reranking import Reranker


class Tenants(Protocol):
    """How tenants are configured."""

    async def get(self, key: str) -> TenantState | None:
        """What stands at a tenant's `config_key`, a few seconds old at most; None: never told."""
        ...


class EmbeddingCache(Protocol):
    """Vectors of questions asked before, by tenant and model; losing it costs time only."""

    async def get(self, tenant_id: TenantId, index: IndexName, text: str) -> Vectors | None:
        """None when it is not known or the store does not answer."""
        ...

    async def put(
        self, tenant_id: TenantId, index: IndexName, text: str, vector: Vectors
    ) -> None: ...


class Behind(Protocol):
    """Tenants whose documents are to be embedded by another model."""

    def met(self, tenant_id: TenantId) -> None:
        """Have it done soon; never waits."""
        ...


class Index(Protocol):
    """Passages found; every call sees one tenant's only.

    Each method raises UnavailableError when the store does not answer in time.
    """

    async def live(self, tenant_id: TenantId) -> IndexName | None:
        """The index that the tenant's questions are compared in; None: nothing is indexed."""
        ...

    async def near(self, tenant_id: TenantId, compared: Compared, *, limit: int) -> Sequence[Hit]:
        """By cosine to the vector, in [-1, 1], best first; `limit` if there are as many."""
        ...

    async def matching(self, tenant_id: TenantId, text: str, *, limit: int) -> Sequence[Hit]:
        """Passages with words of the text, by BM25 over the tenant's passages, best first."""
        ...

    async def passages(
        self, tenant_id: TenantId, passage_ids: Sequence[int], compared: Compared | None
    ) -> Sequence[StoredPassage]:
        """In the order asked for, without those that are gone; None: similar to nothing."""
        ...


class Words(Protocol):
    """The words of a tenant's documents; every call sees one tenant's only.

    Each method raises UnavailableError when the store does not answer in time.
    """

    async def asked(self, tenant_id: TenantId, words: Sequence[str]) -> AskedWords:
        """A question's words, small, by whether a document holds them."""
        ...

    async def vocabulary(self, tenant_id: TenantId) -> Vocabulary:
        """Of all documents. May miss their newest changes for some seconds; empty if none."""
        ...


class Texts(Protocol):
    """What indexed documents say; every call sees one tenant's only."""

    async def page_at(self, tenant_id: TenantId, document_id: UUID, at: int) -> PageText | None:
        """Text of the page that a place lies on, or the nearest to it; None: not indexed.

        Where a document has no pages: what stands within `AROUND_CHARS` of the place.

        Raises:
            UnavailableError: the store does not answer in time.
        """
        ...


@dataclass(frozen=True)
class SearchDeps:
    """What a search needs.

    Attributes:
        embedders: of each index whose questions we can embed.
        current: the index that documents are embedded for now; others are left behind.
        behind: None: nothing is embedded again.
        reranker: None: the fused order stands.
    """

    embedders: Mapping[IndexName, Embedder]
    current: IndexName
    cache: EmbeddingCache
    index: Index
    words: Words
    rules: SearchRules
    behind: Behind | None = None
    reranker: Reranker | None = None
