"""What rag needs to make a document findable."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from contracts.fact import Envelope
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import DocumentUploaded, Progress
from rag.domain.chunking import ChunkRules
from rag.domain.documents import ParsedDocument, Rejection, Scans
from rag.domain.passages import (
    Change,
    IndexName,
    KnownDocument,
    NewDocument,
    NewPassage,
    Obsolete,
    StoreOutcome,
    Upload,
    Vectors,
)
from rag.ports.embedding import Embedder, Tokenizer

GreyImage = NDArray[np.uint8]
"""Shape (height, width)."""


class Originals(Protocol):
    """What was uploaded."""

    def local(self, tenant_id: TenantId, name: str) -> AbstractAsyncContextManager[Path]:
        """An uploaded file, to read from while the block lasts.

        Raises:
            RejectedError: code "no_such_file".
            UnavailableError: the file store does not answer.
        """
        ...


class Parser(Protocol):
    """Reads files of every kind."""

    async def parse(
        self, path: Path, name: str, scans: Scans | None = None
    ) -> ParsedDocument | Rejection:
        """What the file says, or why it cannot be read; ends within the limits whatever it holds.

        Args:
            path: an untrusted file.
            name: as uploaded; the content decides what the file is.
            scans: what OCR found on the pages that a first parsing named; None at first.
        """
        ...

    async def render(self, path: Path, page: int) -> GreyImage | None:
        """A page as it is printed, 150 pixels an inch; None where it cannot be drawn."""
        ...


class ScanReader(Protocol):
    """Reads pages that are pictures of text."""

    async def read(
        self,
        upload: Envelope[DocumentUploaded],
        pages: Sequence[int],
        render: Callable[[int], Awaitable[GreyImage | None]],
    ) -> Scans:
        """What stands on the pages, each of which is there; the tenant pays."""
        ...


class IndexingProgress(Protocol):
    """Where whoever uploaded a document sees how far it is. Losing it costs nobody anything."""

    async def show(
        self, tenant_id: TenantId, document_id: DocumentId, progress: Progress
    ) -> None: ...

    async def end(self, tenant_id: TenantId, document_id: DocumentId) -> None:
        """Take it away soon: not before whoever looks has heard what became of the document."""
        ...


class NewestChanges(Protocol):
    """What the gateway notes of a document before the fact arrives."""

    async def number(self, tenant_id: TenantId, document_id: DocumentId) -> int:
        """Of the newest change of a document; 0 when it is not known."""
        ...


class DocumentStore(Protocol):
    """Documents in and out; every call sees one tenant's only.

    Each method raises UnavailableError when the store does not answer in time.
    """

    async def renew(self, tenant_id: TenantId, upload: Upload) -> KnownDocument | Obsolete | None:
        """Let the document that has the upload's name and bytes be that upload.

        The document as it was; why the upload no longer counts; or None: it is to be indexed.
        """
        ...

    async def replace(
        self,
        tenant_id: TenantId,
        document: NewDocument,
        index: IndexName,
        passages: Sequence[NewPassage],
        vectors: Vectors,
    ) -> StoreOutcome:
        """Store a document in the place of what had its name or id, at once or not at all.

        Nothing is stored when the upload no longer counts: a later one of its name is there, or
        the document was removed later.

        `vectors` has the shape (len(passages), index.dimension).
        """
        ...

    async def remove(self, tenant_id: TenantId, document_id: UUID, removal: Change) -> None:
        """Take a document out, and keep out what was uploaded under its id before."""
        ...


@dataclass(frozen=True)
class IndexingDeps:
    """What indexing needs."""

    originals: Originals
    parser: Parser
    scans: ScanReader
    tokenizer: Tokenizer
    embedder: Embedder
    store: DocumentStore
    rules: ChunkRules
    progress: IndexingProgress
    newest: NewestChanges
