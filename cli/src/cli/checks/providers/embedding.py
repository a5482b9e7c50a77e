"""Embedders and rerankers, by the clients that rag uses."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Final, TypeVar

from cli.checks.providers.faults import Subject
from cli.checks.providers.trying import TRY_TIMEOUT_S, Try
from rag.adapters.hosted.choice import EMBEDDING_MODELS, RERANK_MODELS, HostedModels
from rag.adapters.hosted.hosted_embedder import HostedEmbedder
from rag.adapters.hosted.hosted_reranker import HostedReranker
from rag.adapters.hosted.provider_call import Patience
from rag.ports.reranking import RerankUnit
from rag.settings import RagSettings
from runtime.clock import SystemClock
from runtime.settings import InvalidSettingsError
from spending import OwnPrices, Quantity

Made = TypeVar("Made")

TEXTS: Final = ("Invoices are paid within 30 days.", "The office has a garden.")
NOBODY: Final = ("local", "none")
QUESTION: Final = "When are invoices paid?"


@asynccontextmanager
async def embedding_tries(
    settings: RagSettings, own_prices: OwnPrices
) -> AsyncGenerator[Sequence[Try]]:
    """One for each provider that embeds or reranks and has a key, by the model that would serve."""
    given = settings.connections()
    models = HostedModels(given, SystemClock())
    tries: list[Try] = []
    async with AsyncExitStack() as opened:
        for wanted in _wanted(
            settings.embedding, [name for name in EMBEDDING_MODELS if name in given]
        ):
            embedder = _known(partial(models.embedder, wanted, settings.embedding_dimension))
            if embedder is not None:
                await opened.enter_async_context(embedder)
                url = given[embedder.index.provider].base_url
                tries.append(_embedding(embedder, url, own_prices))
        for wanted in _wanted(settings.rerank, [name for name in RERANK_MODELS if name in given]):
            reranker = _known(partial(models.reranker, wanted, Patience(TRY_TIMEOUT_S)))
            if reranker is not None:
                await opened.enter_async_context(reranker)
                tries.append(_reranking(reranker, given[reranker.model.partition(":")[0]].base_url))
        yield tries


def _wanted(named: str, with_key: Sequence[str]) -> Sequence[str]:
    """The one that is named in place of its provider's default, and the others that have a key.

    Where nobody is wanted, nobody is tried.
    """
    if named in NOBODY:
        return ()
    others = [name for name in with_key if name != named.partition(":")[0]]
    return [named, *others] if named else others


def _embedding(embedder: HostedEmbedder, url: str, own_prices: OwnPrices) -> Try:
    index = embedder.index
    return Try(
        Subject(index.provider, "RAG_EMBEDDING", url),
        "embedding",
        index.name,
        Quantity.tokens(embedder.most_tokens(TEXTS)),
        partial(_embed, embedder),
        own_prices,
    )


def _reranking(reranker: HostedReranker, url: str) -> Try:
    provider, _, name = reranker.model.partition(":")
    most = reranker.most(QUESTION, TEXTS)
    at_most = _quantity(most.amount, most.unit)
    ask = partial(_rerank, reranker)
    return Try(Subject(provider, "RAG_RERANK", url), "rerank", name, at_most, ask)


async def _embed(embedder: HostedEmbedder) -> Quantity:
    """Raises where vectors have another shape or number than asked for."""
    return Quantity.tokens((await embedder.embed_passages(TEXTS)).tokens)


async def _rerank(reranker: HostedReranker) -> Quantity:
    used = (await reranker.rerank(QUESTION, TEXTS)).used
    return _quantity(used.amount, used.unit)


def _quantity(amount: int, unit: RerankUnit) -> Quantity:
    return Quantity.tokens(amount) if unit == "token" else Quantity(Decimal(amount), unit)


def _known(make: Callable[[], Made | None]) -> Made | None:
    """None where what is named is not known or has no key: rag does not start, and says which."""
    try:
        return make()
    except InvalidSettingsError:
        return None
