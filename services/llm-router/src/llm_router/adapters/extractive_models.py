import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import numpy as np

from answering.answerer import answer
from answering.asked import AskedQuestion
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallScope
from local_models.embedding import Floats, MiniLm
from local_models.model_thread import ModelThread
from runtime.telemetry import metrics

MODEL: Final = "extractive-minilm"
REMEMBERED: Final = 4_096
"""Vectors of texts seen before, 1.5 kB each: passages and screens come again in a session."""
ANSWER_TIMEOUT_S: Final = 120.0
"""Of loading, too; a turn's own deadline is earlier."""


class ExtractiveModels:
    """The port `Models`, for `local:extractive-minilm`: the offline answerer with MiniLM."""

    def __init__(self) -> None:
        # One thread: two were slower, and a queue is bounded by the deliveries in flight.
        self._thread = ModelThread(
            "extractive", lambda: CachedMiniLm(MiniLm()), timeout_s=ANSWER_TIMEOUT_S
        )

    async def __aenter__(self) -> Self:
        """Load, so that the first question does not wait for it."""
        await self._thread.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._thread.__aexit__(kind, error, trace)

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        try:
            async with asyncio.timeout(scope.timeout.total_seconds()):
                return await self._thread.on_model(lambda model: _reply(model, asked))
        except TimeoutError:
            # Whatever the thread still does is not charged: local work costs nothing.
            return Failure("timeout")


class CachedMiniLm:
    """A MiniLm that embeds a text once. For one thread."""

    def __init__(self, model: MiniLm) -> None:
        self._model = model
        self._known: OrderedDict[str, Floats] = OrderedDict()

    def embed(self, texts: Sequence[str]) -> Floats:
        """As `MiniLm.embed`."""
        different = dict.fromkeys(texts)
        new = [text for text in different if text not in self._known]
        metrics.add("cache_hits_total", len(different) - len(new), cache_type="sentence_vector")
        metrics.add("cache_misses_total", len(new), cache_type="sentence_vector")
        if new:
            self._known.update(zip(new, self._model.embed(new), strict=True))
        vectors = np.stack([self._known[text] for text in texts])
        for text in texts:
            self._known.move_to_end(text)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return vectors

    def similarity(self, text: str, others: Sequence[str]) -> list[float]:
        """The answerer's `Similarity`."""
        vectors = self.embed([text, *others])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """As `MiniLm.tokens`."""
        return self._model.tokens(texts)


def _reply(model: CachedMiniLm, asked: Ask) -> Reply:
    text, evidence = asked.turn.text, asked.evidence
    found = answer(model.similarity, AskedQuestion(text, asked.earlier), evidence)
    read = [passage.text for passage in evidence.passages]
    read += [line.text for frame in evidence.frames[-1:] for line in frame.lines]
    return Reply(
        text=found.text,
        sources=found.sources,
        abstained=found.abstained,
        support=found.support,
        claims=found.claims or None,
        tokens_in=sum(model.tokens([text, *read])),
        tokens_out=sum(model.tokens([found.text])),
    )
