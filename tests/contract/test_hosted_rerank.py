"""One suite for rerankers: each provider's real SDK against its protocol."""

from collections.abc import AsyncIterator

import pytest

from contracts.errors import UnavailableError
from rag.adapters.hosted.choice import HostedModels
from rag.adapters.hosted.hosted_reranker import HostedReranker
from rag.adapters.hosted.provider_call import BadReplyError
from rag.ports.embedding import NothingUsedError
from rag.ports.reranking import Used
from runtime.clock import SystemClock
from support.rag.embedding_providers import EmbeddingProviders, Odd, embedding_providers

pytestmark = pytest.mark.timeout(60)

TEXTS = ["a cat", "lights of the harbour", "the lights"]
QUESTION = "lights of the harbour"
ODD_SHAPES = {
    "no results": Odd(body={"unexpected": [1]}),
    "results that are none": Odd(body={"id": "1", "results": None, "data": None}),
    "a text left out": Odd(rows=2),
}


@pytest.fixture
async def fake() -> AsyncIterator[EmbeddingProviders]:
    async with embedding_providers() as fake:
        yield fake


@pytest.fixture(params=["cohere", "voyageai"])
async def reranker(
    request: pytest.FixtureRequest, fake: EmbeddingProviders
) -> AsyncIterator[HostedReranker]:
    models = HostedModels({request.param: fake.connection(request.param)}, SystemClock())
    model = models.reranker("")
    assert model is not None
    async with model:
        yield model


async def test_scores_come_in_the_order_of_the_texts(reranker: HostedReranker) -> None:
    reranked = await reranker.rerank(QUESTION, TEXTS)
    assert reranked.scores[1] > reranked.scores[2] > reranked.scores[0]


async def test_used_is_what_the_provider_says_by_its_unit(reranker: HostedReranker) -> None:
    used = (await reranker.rerank(QUESTION, TEXTS)).used
    assert used == (Used(1, "query") if reranker.model.startswith("cohere") else Used(8, "token"))
    assert used.amount <= reranker.most(QUESTION, TEXTS).amount


@pytest.mark.parametrize("shape", ODD_SHAPES)
async def test_a_success_of_another_shape_is_a_failure(
    reranker: HostedReranker, fake: EmbeddingProviders, shape: str
) -> None:
    fake.odd.append(ODD_SHAPES[shape])
    with pytest.raises(BadReplyError):
        await reranker.rerank(QUESTION, TEXTS)


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
async def test_a_refusal_is_told_at_once(
    reranker: HostedReranker, fake: EmbeddingProviders, status: int
) -> None:
    fake.odd.append(Odd(status))
    with pytest.raises(NothingUsedError):
        await reranker.rerank(QUESTION, TEXTS)
    assert len(fake.bodies) == 1


async def test_a_slow_one_is_given_up(reranker: HostedReranker, fake: EmbeddingProviders) -> None:
    fake.odd.append(Odd(delay_s=30))
    with pytest.raises(UnavailableError):
        await reranker.rerank(QUESTION, TEXTS)
