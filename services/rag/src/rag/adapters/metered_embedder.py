"""Embedding at the tenant's expense; a model of our own costs nothing, yet counts."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from contracts.fact import Envelope
from providers.settings import OWN_SERVER
from rag.domain.passages import IndexName, Vectors
from rag.ports.causes import Cause
from rag.ports.embedding import EmbeddingModel, EmbedPassages, NothingUsedError
from runtime.ids import new_id
from spending import LOCAL, Call, Model, Quantity, Spending

DOCUMENT_HOLD: Final = timedelta(hours=2)
"""Longer than the longest time that one document may take (`RAG_INDEX_TIMEOUT_S`)."""
QUESTION_HOLD: Final = timedelta(minutes=2)


class MeteredEmbedder:
    """The model, with a hold around each question and around each document.

    Each try is a call of its own: what a provider did twice, it charges twice.
    """

    def __init__(self, model: EmbeddingModel, spending: Spending) -> None:
        self._model = model
        self._spending = spending

    @property
    def index(self) -> IndexName:
        return self._model.index

    async def embed_question(self, text: str, cause: Cause) -> Vectors:
        most = Quantity.tokens(self._model.most_tokens([text]))
        call = self._call(cause, "question", most, QUESTION_HOLD)
        if call.model.provider == LOCAL:
            embedded = await self._model.embed_question(text)
            await self._spending.free(call, Quantity.tokens(embedded.tokens))
            return embedded.vectors
        async with self._spending.call(call) as hold:
            try:
                embedded = await self._model.embed_question(text)
            except NothingUsedError:
                await hold.settle(Quantity.tokens(0))
                raise
            await hold.settle(Quantity.tokens(embedded.tokens))
        return embedded.vectors

    @asynccontextmanager
    async def charged(
        self, cause: Envelope[Any], part: str, texts: Sequence[str]
    ) -> AsyncGenerator[EmbedPassages]:
        most = Quantity.tokens(await asyncio.to_thread(self._model.most_tokens, texts))
        used = 0

        async def embed(some: Sequence[str]) -> Vectors:
            nonlocal used
            try:
                embedded = await self._model.embed_passages(some)
            except NothingUsedError:
                raise
            except BaseException:
                used += self._model.most_tokens(some)  # nobody knows
                raise
            used += embedded.tokens
            return embedded.vectors

        async with self._spending.call(self._call(cause, part, most, DOCUMENT_HOLD)) as hold:
            try:
                yield embed
            finally:
                await hold.settle(Quantity.tokens(used))

    def _call(self, cause: Cause, part: str, most: Quantity, lifetime: timedelta) -> Call:
        index = self._model.index
        is_own = index.provider in ("", OWN_SERVER)
        model = Model(LOCAL if is_own else index.provider, index.name)
        return Call(cause, f"{part}:{new_id()}", "embedding", model, most, lifetime)
