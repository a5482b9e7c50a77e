"""Embedding at the tenant's expense; the model is local and costs nothing, yet counts."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from contracts.knowledge import DocumentUploaded
from rag.domain.chunking import Tokens
from rag.domain.documents import ParsedDocument
from rag.domain.passages import IndexName, Vectors
from rag.ports.embedding import EmbeddingModel
from spending import LOCAL, Call, Model, Quantity, Spending


class MeteredEmbedder:
    """The model, with a hold around the questions of turns and around each document."""

    def __init__(self, model: EmbeddingModel, spending: Spending) -> None:
        self._model = model
        self._spending = spending

    @property
    def index(self) -> IndexName:
        return self._model.index

    async def tokens(self, document: ParsedDocument) -> Tokens:
        return await self._model.tokens(document)

    async def embed_question(self, text: str, turn: Envelope[TurnTaken] | None) -> Vectors:
        if turn is None:
            return await self._model.embed_question(text)
        used = Quantity.tokens(self._model.count([text]))
        async with self._spending.call(self._call(turn, str(turn.data.turn_id), used)) as hold:
            vector = await self._model.embed_question(text)
            await hold.settle(used)
        return vector

    @asynccontextmanager
    async def charged(
        self, upload: Envelope[DocumentUploaded], texts: Sequence[str]
    ) -> AsyncGenerator[EmbeddingModel]:
        used = Quantity.tokens(await asyncio.to_thread(self._model.count, texts))
        part = str(upload.data.document_id)
        async with self._spending.call(self._call(upload, part, used)) as hold:
            yield self._model
            await hold.settle(used)

    def _call(self, cause: Envelope[Any], part: str, used: Quantity) -> Call:
        return Call(cause, part, "embedding", Model(LOCAL, self._model.index.model), used)
