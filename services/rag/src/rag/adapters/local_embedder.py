"""Vectors by the local model; questions go before documents."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from contracts.errors import UnavailableError
from local_models.embedding import MiniLm
from local_models.model_thread import ModelThread
from local_models.weights import WeightsError
from rag.domain.chunking import Tokens
from rag.domain.documents import ParsedDocument
from rag.domain.passages import IndexName, Vectors
from rag.ports.embedding import Embedded

T = TypeVar("T")

# Passages between two looks at whether the work is still wanted; about half a second of one core.
_BATCH = 32
# Blocks tokenized at once: offsets take about 100 bytes a token while they are objects.
_BLOCKS = 256
# Of loading, and of a batch on a machine that has better things to do.
_TIMEOUT_S = 120.0


class LocalEmbedder:
    """all-MiniLM-L6-v2 in this process, in two threads. `async with` it: that loads the model.

    Args:
        niceness: 0 to 19, of the thread that embeds documents; questions keep the process's own.
    """

    def __init__(self, *, niceness: int) -> None:
        self._questions = ModelThread("embed-questions", MiniLm, timeout_s=_TIMEOUT_S)
        self._documents = ModelThread(
            "embed-documents", lambda: self._loaded, timeout_s=_TIMEOUT_S, niceness=niceness
        )
        self._model: MiniLm | None = None

    async def __aenter__(self) -> Self:
        """Load.

        Raises:
            UnavailableError: the installed weights are missing or not the expected ones.
        """
        try:
            await self._questions.__aenter__()
        except WeightsError as error:
            raise UnavailableError(str(error), code="weights_missing") from error
        self._model = await self._questions.on_model(lambda model: model)
        await self._documents.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._documents.__aexit__(kind, error, trace)
        await self._questions.__aexit__(kind, error, trace)

    @property
    def index(self) -> IndexName:
        return IndexName(MiniLm.name, MiniLm.dimensions)

    async def embed_passages(self, texts: Sequence[str]) -> Embedded:
        parts = [np.empty((0, MiniLm.dimensions), np.float32)]
        for start in range(0, len(texts), _BATCH):
            some = texts[start : start + _BATCH]
            parts.append(await self._of_document(partial(_embedded, texts=some)))
        tokens = await asyncio.to_thread(self.most_tokens, texts)
        return Embedded(np.concatenate(parts), tokens)

    async def embed_question(self, text: str) -> Embedded:
        vectors = await self._questions.on_model(partial(_embedded, texts=[text]))
        return Embedded(vectors[0], self.most_tokens([text]))

    def most_tokens(self, texts: Sequence[str]) -> int:
        return sum(min(tokens, MiniLm.max_tokens) for tokens in self._loaded.tokens(texts))

    async def tokens(self, document: ParsedDocument) -> Tokens:
        starts: list[int] = []
        for first in range(0, len(document.blocks), _BLOCKS):
            blocks = document.blocks[first : first + _BLOCKS]
            texts = [document.text[block.start : block.end] for block in blocks]
            found = await self._of_document(partial(_token_starts, texts=texts))
            for block, offsets in zip(blocks, found, strict=True):
                starts.extend(block.start + offset for offset in offsets)
        return Tokens(starts)

    async def _of_document(self, work: Callable[[MiniLm], T]) -> T:
        try:
            return await self._documents.on_model(work)
        except TimeoutError:
            raise UnavailableError("embedding took too long", code="embedding_timeout") from None

    @property
    def _loaded(self) -> MiniLm:
        if self._model is None:
            raise RuntimeError("use the embedder inside `async with`")
        return self._model


def _embedded(model: MiniLm, texts: Sequence[str]) -> Vectors:
    return model.embed(texts)


def _token_starts(model: MiniLm, texts: Sequence[str]) -> list[list[int]]:
    return model.token_starts(texts)
