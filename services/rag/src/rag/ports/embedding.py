"""What rag needs to make vectors of texts."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from contracts.knowledge import DocumentUploaded
from rag.domain.chunking import Tokens
from rag.domain.documents import ParsedDocument
from rag.domain.passages import (
    IndexName,
    Vectors,
)


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
