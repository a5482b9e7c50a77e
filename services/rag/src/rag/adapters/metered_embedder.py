"""Embedding at the tenant's expense; a model of our own costs nothing, yet counts."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from providers.settings import OWN_SERVER
from rag.domain.passages import IndexName, Vectors
from rag.ports.embedding import EmbeddingModel, EmbedPassages, NothingUsedError
from spending import LOCAL, Call, Model, Quantity, Spending

DOCUMENT_HOLD: Final = timedelta(hours=2)
"""Longer than the longest time that one document may take (`RAG_INDEX_TIMEOUT_S`)."""
QUESTION_HOLD: Final = timedelta(minutes=2)


class MeteredEmbedder:
    """The model, with a hold around the questions of turns and around each document."""

    def __init__(self, model: EmbeddingModel, spending: Spending) -> None:
        self._model = model
        self._spending = spending

    @property
    def index(self) -> IndexName:
        return self._model.index

    async def embed_question(self, text: str, turn: Envelope[TurnTaken] | None) -> Vectors:
        if turn is None:
            return (await self._model.embed_question(text)).vectors
        most = Quantity.tokens(self._model.most_tokens([text]))
        # A turn's second look asks another text.
        part = f"{turn.data.turn_id}:{sha256(text.encode()).hexdigest()[:16]}"
        async with self._spending.call(self._call(turn, part, most, QUESTION_HOLD)) as hold:
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
            embedded = await self._model.embed_passages(some)
            used += embedded.tokens
            return embedded.vectors

        async with self._spending.call(self._call(cause, part, most, DOCUMENT_HOLD)) as hold:
            yield embed
            await hold.settle(Quantity.tokens(used))

    def _call(self, cause: Envelope[Any], part: str, most: Quantity, lifetime: timedelta) -> Call:
        index = self._model.index
        is_own = index.provider in ("", OWN_SERVER)
        model = Model(LOCAL if is_own else index.provider, index.name)
        return Call(cause, part, "embedding", model, most, lifetime)
