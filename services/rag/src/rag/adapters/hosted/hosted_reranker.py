"""Passages scored against a question by a provider's model."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Final

from rag.adapters.hosted.clients import RerankClient
from rag.adapters.hosted.hosted_model import HostedModel
from rag.adapters.hosted.provider_call import Patience
from rag.adapters.hosted.reply_shape import counted, ordered_scores
from rag.ports.reranking import Reranked, RerankUnit, Used
from runtime.clock import Clock

RERANK: Final = Patience(timeout_s=1.0)
"""Somebody waits, and the fused order is there already."""
QUERY_TEXTS: Final = 100
"""That one billed query of Cohere's covers."""
QUERY_TEXT_TOKENS: Final = 500
"""A longer text counts as several (docs.cohere.com, pricing of rerank)."""
FRAME_TOKENS: Final = 8
"""What a model puts around a text, at most."""


class HostedReranker(HostedModel):
    """Reranks.

    Args:
        client: of the provider.
        model: as `provider:model`.
        unit: what the provider charges by.
        clock: of this process.
        patience: with one request; it is not repeated.
    """

    def __init__(
        self,
        client: RerankClient,
        model: str,
        unit: RerankUnit,
        clock: Clock,
        *,
        patience: Patience = RERANK,
    ) -> None:
        provider, _, self._name = model.partition(":")
        super().__init__(client, provider, clock)
        self._client, self._model, self._patience = client, model, patience
        self._unit: RerankUnit = unit

    @property
    def model(self) -> str:
        return self._model

    def most(self, query: str, texts: Sequence[str]) -> Used:
        # A byte is at least as much as a token.
        lengths = [len(query.encode()) + len(text.encode()) + FRAME_TOKENS for text in texts]
        if self._unit == "token":
            return Used(sum(lengths), "token")
        counted_texts = sum(math.ceil(length / QUERY_TEXT_TOKENS) for length in lengths)
        return Used(math.ceil(counted_texts / QUERY_TEXTS), "query")

    async def rerank(self, query: str, texts: Sequence[str]) -> Reranked:
        return await self._call(partial(self._checked, query, texts), self._patience)

    async def _checked(self, query: str, texts: Sequence[str]) -> Reranked:
        reply = await self._client.rerank(self._name, query, texts)
        most = self.most(query, texts)
        used = counted(reply.used, most.amount)
        return Reranked(ordered_scores(reply.rows, len(texts)), Used(used, most.unit))
