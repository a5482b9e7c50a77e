"""What rag needs from the outside."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from contracts.ids import DocumentId, TenantId
from contracts.knowledge import DocumentUploaded, Progress
from contracts.tenants import TenantState
from rag.domain.chunking import Tokens
from rag.domain.documents import ParsedDocument, Rejection
from rag.domain.page_text import PageText
from rag.domain.passages import (
    IndexName,
    KnownDocument,
    NewDocument,
    NewPassage,
    StoredPassage,
    StoreOutcome,
    Vectors,
)
from rag.domain.ranking import Hit


class Tenants(Protocol):
    """How tenants are configured."""

    async def get(self, key: str) -> TenantState | None:
        """What stands at a tenant's `config_key`, a few seconds old at most; None: never told."""
        ...


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

    async def parse(self, path: Path, name: str) -> ParsedDocument | Rejection:
        """What the file says, or why it cannot be read; ends within the limits whatever it holds.

        Args:
            path: an untrusted file.
            name: as uploaded; the content decides what the file is.
        """
        ...


class IndexingProgress(Protocol):
    """Where whoever uploaded a document sees how far it is. Losing it costs nobody anything."""

    async def show(
        self, tenant_id: TenantId, document_id: DocumentId, progress: Progress
    ) -> None: ...

    async def end(self, tenant_id: TenantId, document_id: DocumentId) -> None:
        """Take it away soon: not before whoever looks has heard what became of the document."""
        ...


class EmbeddingModel(Protocol):
    """One model, whoever pays."""

    @property
    def index(self) -> IndexName:
        """Which index its vectors belong to."""
        ...

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), rows of length 1; yields to questions between batches.

        Raises:
            UnavailableError: a provider did not answer.
        """
        ...

    async def embed_question(self, text: str) -> Vectors:
        """Shape (dimension,), of length 1.

        Raises:
            UnavailableError: a provider did not answer.
        """
        ...

    def count(self, texts: Sequence[str]) -> int:
        """Tokens that embedding the texts uses."""
        ...

    async def tokens(self, document: ParsedDocument) -> Tokens:
        """The document's text in the model's tokens."""
        ...


class Embedder(Protocol):
    """One model, at the expense of the tenant who needs it.

    What is charged may also raise BudgetRefusedError or NoAccountError, when the tenant may not
    spend, and UnavailableError when the accounts do not answer: then nothing was embedded.
    """

    @property
    def index(self) -> IndexName:
        """Which index its vectors belong to."""
        ...

    async def tokens(self, document: ParsedDocument) -> Tokens:
        """The document's text in the model's tokens."""
        ...

    async def embed_question(self, text: str, turn: Envelope[TurnTaken] | None) -> Vectors:
        """As the model; `turn` is what is charged, None charges nobody.

        Raises:
            UnavailableError: a provider did not answer.
        """
        ...

    def charged(
        self, upload: Envelope[DocumentUploaded], texts: Sequence[str]
    ) -> AbstractAsyncContextManager[EmbeddingModel]:
        """The model, to embed exactly these texts of an upload with; charged once for all."""
        ...


class EmbeddingCache(Protocol):
    """Vectors of questions asked before, by tenant and model; losing it costs time only."""

    async def get(self, tenant_id: TenantId, index: IndexName, text: str) -> Vectors | None:
        """None when it is not known or the store does not answer."""
        ...

    async def put(
        self, tenant_id: TenantId, index: IndexName, text: str, vector: Vectors
    ) -> None: ...


class DocumentStore(Protocol):
    """Documents in and out; every call sees one tenant's only.

    Each method raises UnavailableError when the store does not answer in time.
    """

    async def find(self, tenant_id: TenantId, name: str) -> KnownDocument | None:
        """The document indexed under a file name."""
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

        Nothing is stored when a newer upload of the same name is there, or when the document was
        removed after it was uploaded.

        `vectors` has the shape (len(passages), index.dimension).
        """
        ...

    async def rename(self, tenant_id: TenantId, old: UUID, document: NewDocument) -> None:
        """Let a document that is in the index be known by the id of its newer, equal upload."""
        ...

    async def remove(self, tenant_id: TenantId, document_id: UUID, removed_at: datetime) -> None:
        """Take a document out, and keep out what was uploaded under its id before."""
        ...


class Index(Protocol):
    """Passages found; every call sees one tenant's only.

    Each method raises UnavailableError when the store does not answer in time.
    """

    async def near(
        self, tenant_id: TenantId, index: IndexName, vector: Vectors, *, limit: int
    ) -> Sequence[Hit]:
        """By cosine to the vector, in [-1, 1], best first; `limit` if there are as many."""
        ...

    async def matching(self, tenant_id: TenantId, text: str, *, limit: int) -> Sequence[Hit]:
        """Passages with words of the text, by BM25 over the tenant's passages, best first."""
        ...

    async def passages(
        self, tenant_id: TenantId, passage_ids: Sequence[int], vector: Vectors
    ) -> Sequence[StoredPassage]:
        """In the order asked for, without those that are gone; similarity to the vector."""
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
