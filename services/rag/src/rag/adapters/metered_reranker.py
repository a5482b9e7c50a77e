"""Reranking at the tenant's expense, by the unit that the provider charges by."""

from collections.abc import Sequence

from rag.ports.causes import Cause
from rag.ports.embedding import NothingUsedError
from rag.ports.reranking import RerankModel, Used
from runtime.ids import new_id
from spending import Call, Model, Quantity, Spending


class MeteredReranker:
    """The model, with a hold around each question."""

    def __init__(self, model: RerankModel, spending: Spending) -> None:
        self._model, self._spending = model, spending

    @property
    def model(self) -> str:
        return self._model.model

    async def scores(self, query: str, texts: Sequence[str], cause: Cause) -> Sequence[float]:
        most = _quantity(self._model.most(query, texts))
        provider, _, name = self.model.partition(":")
        call = Call(cause, f"question:{new_id()}", "rerank", Model(provider, name), most)
        async with self._spending.call(call) as hold:
            try:
                reranked = await self._model.rerank(query, texts)
            except NothingUsedError:
                await hold.settle(Quantity(most.amount * 0, most.unit))
                raise
            await hold.settle(_quantity(reranked.used))
        return reranked.scores


def _quantity(used: Used) -> Quantity:
    if used.unit == "token":
        return Quantity.tokens(used.amount)
    return Quantity.queries(used.amount)
