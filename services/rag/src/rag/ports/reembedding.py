"""What rag needs to let one model take another's place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.ids import TenantId
from rag.domain.passages import IndexName, Unembedded, Vectors
from rag.ports.embedding import Embedder
from runtime.clock import Clock


class VectorStore(Protocol):
    """Vectors of passages that are there; every call sees one tenant's only.

    Each method raises UnavailableError when the store does not answer in time.
    """

    async def begin(self, tenant_id: TenantId, index: IndexName) -> bool:
        """Whether another index is live, and this one is to be filled beside it."""
        ...

    async def missing(
        self, tenant_id: TenantId, index: IndexName, *, limit: int
    ) -> Sequence[Unembedded]:
        """Passages without a vector in the index; empty: it is whole."""
        ...

    async def add(
        self,
        tenant_id: TenantId,
        index: IndexName,
        passage_ids: Sequence[int],
        vectors: Vectors,
    ) -> None:
        """A row for each passage; what is gone meanwhile is passed over."""
        ...

    async def make_live(self, tenant_id: TenantId, index: IndexName) -> bool:
        """Let questions be compared in the index from now on; False: it is not whole."""
        ...


@dataclass(frozen=True)
class ReembeddingDeps:
    """What embedding again needs."""

    vectors: VectorStore
    embedder: Embedder
    clock: Clock
