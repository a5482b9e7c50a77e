"""What rag needs to make vectors of texts."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from rag.domain.chunking import Tokens
from rag.domain.documents import ParsedDocument
from rag.domain.passages import (
    IndexName,
    Vectors,
)
from rag.ports.causes import Cause

EmbedPassages = Callable[[Sequence[str]], Awaitable[Vectors]]
"""As `EmbeddingModel.embed_passages`, paid."""


class NothingUsedError(UnavailableError):
    """A provider refused or was not reached, and charges nothing."""


@dataclass(frozen=True)
class Embedded:
    """Vectors, and the tokens that the model used for them."""

    vectors: Vectors
    tokens: int


class Tokenizer(Protocol):
    """Measures documents, so that they are cut alike whatever model embeds them."""

    async def tokens(self, document: ParsedDocument) -> Tokens:
        """The document's text in tokens."""
        ...


class EmbeddingModel(Protocol):
    """One model, whoever pays."""

    @property
    def index(self) -> IndexName:
        """Which index its vectors belong to."""
        ...

    async def embed_passages(self, texts: Sequence[str]) -> Embedded:
        """Shape (len(texts), dimension), rows of length 1; yields to questions between batches.

        Raises:
            UnavailableError: a provider did not answer.
        """
        ...

    async def embed_question(self, text: str) -> Embedded:
        """Shape (dimension,), of length 1.

        Raises:
            UnavailableError: a provider did not answer.
        """
        ...

    def most_tokens(self, texts: Sequence[str]) -> int:
        """Upper bound of the tokens that embedding the texts uses."""
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

    async def embed_question(self, text: str, cause: Cause) -> Vectors:
        """As the model; `cause` says who is charged, and for which turn.

        Raises:
            UnavailableError: a provider did not answer.
        """
        ...

    def charged(
        self, cause: Envelope[Any], part: str, texts: Sequence[str]
    ) -> AbstractAsyncContextManager[EmbedPassages]:
        """What embeds exactly these texts; charged once for all, to the cause's tenant.

        `part` tells this from what else follows from the cause. Left by an error, it charges what
        was used until then.
        """
        ...
