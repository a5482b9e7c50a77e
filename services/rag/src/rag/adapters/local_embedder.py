"""Vectors by the local model; questions go before documents."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, Self, TypeVar

import numpy as np

from contracts.errors import UnavailableError
from local_models.embedding import MiniLm
from local_models.weights import WeightsError
from rag.domain.chunking import Tokens
from rag.domain.documents import Document
from rag.domain.passages import IndexName, Vectors

Given = ParamSpec("Given")
Made = TypeVar("Made")

# Passages between two looks at whether the work is still wanted; about half a second of one core.
_BATCH = 32
# Blocks tokenized at once: offsets take about 100 bytes a token while they are objects.
_BLOCKS = 256


class LocalEmbedder:
    """all-MiniLM-L6-v2 in this process. `async with` it: that loads the model.

    Args:
        niceness: 0 to 19, of the thread that embeds documents; questions keep the process's own.
    """

    def __init__(self, *, niceness: int) -> None:
        self._niceness = niceness
        self._model: MiniLm | None = None
        self._documents = ThreadPoolExecutor(1, "embed-documents", self._be_nice)
        self._questions = ThreadPoolExecutor(2, "embed-questions")

    async def __aenter__(self) -> Self:
        """Load.

        Raises:
            UnavailableError: the installed weights are missing or not the expected ones.
        """
        try:
            self._model = await self._in(self._questions, MiniLm)
        except WeightsError as error:
            raise UnavailableError(str(error), code="weights_missing") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        self._documents.shutdown(wait=False, cancel_futures=True)
        self._questions.shutdown(wait=False, cancel_futures=True)

    @property
    def index(self) -> IndexName:
        return IndexName(MiniLm.name, MiniLm.dimensions)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        parts = [np.empty((0, MiniLm.dimensions), np.float32)]
        for start in range(0, len(texts), _BATCH):
            some = texts[start : start + _BATCH]
            parts.append(await self._in(self._documents, self._loaded.embed, some))
        return np.concatenate(parts)

    async def embed_question(self, text: str) -> Vectors:
        vectors = await self._in(self._questions, self._loaded.embed, [text])
        return vectors[0]

    def count(self, texts: Sequence[str]) -> int:
        return sum(min(tokens, MiniLm.max_tokens) for tokens in self._loaded.tokens(texts))

    async def tokens(self, document: Document) -> Tokens:
        starts: list[int] = []
        for first in range(0, len(document.blocks), _BLOCKS):
            blocks = document.blocks[first : first + _BLOCKS]
            texts = [document.text[block.start : block.end] for block in blocks]
            found = await self._in(self._documents, self._loaded.token_starts, texts)
            for block, offsets in zip(blocks, found, strict=True):
                starts.extend(block.start + offset for offset in offsets)
        return Tokens(starts)

    @property
    def _loaded(self) -> MiniLm:
        if self._model is None:
            raise RuntimeError("use the embedder inside `async with`")
        return self._model

    async def _in(
        self,
        threads: ThreadPoolExecutor,
        call: Callable[Given, Made],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Made:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, partial(call, *args, **kwargs))

    def _be_nice(self) -> None:
        # On Linux niceness belongs to the thread; elsewhere to the whole process, so it is left.
        if sys.platform == "linux":
            thread = threading.get_native_id()
            own = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, max(own, self._niceness))
