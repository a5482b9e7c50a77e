"""The tenant's documents, and what rag knows of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from contracts.fact import Envelope
from contracts.http import Document, DocumentText
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentUploaded,
    Passage,
    Progress,
)


class DocumentStore(Protocol):
    """Documents and their status."""

    async def list(
        self, tenant_id: TenantId, *, limit: int, after: str | None
    ) -> Sequence[Document]:
        """By name, those after this name."""
        ...

    async def find(self, tenant_id: TenantId, document_id: DocumentId) -> Document | None: ...

    async def same(self, tenant_id: TenantId, sha256: str) -> Document | None:
        """A document with the very same bytes that was not rejected."""
        ...

    async def upload(self, event: Envelope[DocumentUploaded]) -> str | None:
        """Save an upload, in place of an older one of this name; the older one's file, if any."""
        ...

    async def remove(self, event: Envelope[Any]) -> str | None:
        """Save a removal; the removed document's file, None when there is no such document."""
        ...

    async def settle(self, event: Envelope[DocumentIndexed] | Envelope[DocumentRejected]) -> None:
        """Note what became of the upload that the event follows from, unless a newer one came."""
        ...


class IndexingProgress(Protocol):
    """How far rag is with documents."""

    async def of(
        self, tenant_id: TenantId, document_ids: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Progress]:
        """Of those that are being worked on; the others, and what is not known, are left out."""
        ...


class Knowledge(Protocol):
    """rag's search."""

    async def text(
        self, tenant_id: TenantId, document_id: DocumentId, *, at: int
    ) -> DocumentText | None:
        """The page of a document's text that a place lies on; None when it is not indexed."""
        ...

    async def search(self, tenant_id: TenantId, text: str, *, limit: int) -> Sequence[Passage]:
        """Best first; empty when the documents do not say."""
        ...
