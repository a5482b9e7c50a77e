"""Vectors by a provider's model: batches, time limits, repeats, and a look at what came back."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

import numpy as np

from contracts.errors import UnavailableError
from rag.adapters.hosted.clients import EmbeddingClient, Purpose
from rag.adapters.hosted.hosted_model import HostedModel
from rag.adapters.hosted.provider_call import Patience
from rag.adapters.hosted.reply_shape import counted, unit_rows
from rag.domain.passages import IndexName
from rag.ports.embedding import Embedded, NothingUsedError
from runtime.clock import Clock

# The least of what the providers take at once: Cohere 96 texts, Voyage and OpenAI 1,000 and more;
# a byte is at least as much as a token, of which each takes 300,000 or more.
MAX_TEXTS: Final = 96
MAX_BATCH_BYTES: Final = 100_000
FRAME_TOKENS: Final = 8
"""What a model puts around a text, at most."""

QUESTION: Final = Patience(timeout_s=1.2)
"""Somebody waits: a question without its vector is searched by its words."""
DOCUMENT: Final = Patience(timeout_s=30.0, pauses_s=(0.5, 2.0))


class HostedEmbedder(HostedModel):
    """Embeds.

    Args:
        client: of the provider.
        index: names the model as `provider:model`, and the dimension asked for.
        clock: of this process.
        question: patience with a question.
        document: patience with a batch of a document.
    """

    def __init__(
        self,
        client: EmbeddingClient,
        index: IndexName,
        clock: Clock,
        *,
        question: Patience = QUESTION,
        document: Patience = DOCUMENT,
    ) -> None:
        super().__init__(client, index.provider, clock)
        self._client, self._index = client, index
        self._question, self._document = question, document

    @property
    def index(self) -> IndexName:
        return self._index

    async def embed_passages(self, texts: Sequence[str]) -> Embedded:
        parts, tokens = [np.empty((0, self._index.dimension), np.float32)], 0
        for batch in _batches(texts):
            try:
                embedded = await self._embed(batch, "document", self._document)
            except NothingUsedError as error:
                if not tokens:
                    raise
                raise UnavailableError(str(error), code=error.code) from error
            parts.append(embedded.vectors)
            tokens += embedded.tokens
        return Embedded(np.concatenate(parts), tokens)

    async def embed_question(self, text: str) -> Embedded:
        embedded = await self._embed([text], "query", self._question)
        return Embedded(embedded.vectors[0], embedded.tokens)

    def most_tokens(self, texts: Sequence[str]) -> int:
        return sum(len(text.encode()) + FRAME_TOKENS for text in texts)

    async def _embed(self, texts: Sequence[str], purpose: Purpose, patience: Patience) -> Embedded:
        return await self._call(partial(self._checked, texts, purpose), patience)

    async def _checked(self, texts: Sequence[str], purpose: Purpose) -> Embedded:
        index = self._index
        reply = await self._client.embed(index.name, index.dimension, texts, purpose)
        vectors = unit_rows(reply.rows, len(texts), index.dimension)
        return Embedded(vectors, counted(reply.tokens, self.most_tokens(texts)))


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """In order; each within both limits, or a single text that is over one by itself."""
    first, held = 0, 0
    for place, text in enumerate(texts):
        length = len(text.encode())
        if place > first and (place - first >= MAX_TEXTS or held + length > MAX_BATCH_BYTES):
            yield texts[first:place]
            first, held = place, 0
        held += length
    if first < len(texts):
        yield texts[first:]
