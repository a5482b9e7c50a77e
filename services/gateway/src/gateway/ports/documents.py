"""The tenant's documents, and what rag knows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contracts.fact import Envelope
from contracts.http import Document, DocumentText
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import (
    DocumentIndexed,
    DocumentRejected,
    DocumentRemoved,
    DocumentUploaded,
    Passage,
    Progress,
)


@dataclass(frozen=True)
class SavedChange:
    """An upload or a removal, saved.

    Attributes:
        event: as saved, with its number; to be published.
        needless: the older original if nobody will read it any more. One that waits to be read is
            deleted when rag has settled its upload.
    """

    event: Envelope[Any]
    needless: str | None


class DocumentStore(Protocol):
    """Documents and their status."""

    async def list(
        self, tenant_id: TenantId, *, limit: int, after: str | None
    ) -> Sequence[Document]:
        """By name, those after this name."""
        ...

    async def find(self, tenant_id: TenantId, document_id: DocumentId) -> Document | None: ...

    async def same(
        self, tenant_id: TenantId, document_id: DocumentId, sha256: str
    ) -> Document | None:
        """The document, if it has these very bytes and they were not rejected."""
        ...

    async def upload(self, event: Envelope[DocumentUploaded]) -> SavedChange | Document:
        """Save an upload in the place of an older one; the document if it has these bytes already.

        Changes of one document wait for each other.
        """
        ...

    async def remove(self, event: Envelope[DocumentRemoved]) -> SavedChange | None:
        """Save a removal; None when there is no such document."""
        ...

    async def settle(self, event: Envelope[DocumentIndexed] | Envelope[DocumentRejected]) -> bool:
        """Note what became of the upload that the event follows from.

        False: it no longer counts, a newer one or a removal came; nothing is noted.
        """
        ...

    async def is_named(self, tenant_id: TenantId, document_id: DocumentId, file: str) -> bool:
        """Whether it is the document's original, once changes that are under way have ended."""
        ...

    async def unnamed(self, tenant_id: TenantId, files: Sequence[str]) -> Sequence[str]:
        """Those that are no document's original."""
        ...


class NewestChanges(Protocol):
    """Where rag sees that an upload that waits is no longer the newest."""

    async def note(self, event: Envelope[Any]) -> None:
        """Note a saved upload or removal; losing it costs rag some work and nobody anything."""
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
