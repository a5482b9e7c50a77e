"""One suite for rerankers: each provider's real SDK against its protocol."""

from collections.abc import AsyncIterator

import pytest

from cli.fakes.providers import FakeProviders, fake_providers
from contracts.errors import UnavailableError
from rag.adapters.hosted.choice import HostedModels
from rag.adapters.hosted.hosted_reranker import HostedReranker
from rag.adapters.hosted.provider_call import BadReplyError
from rag.ports.embedding import NothingUsedError
from rag.ports.reranking import Used
from runtime.clock import SystemClock

pytestmark = pytest.mark.timeout(60)

TEXTS = ["a cat", "lights of the harbour", "the lights"]
QUESTION = "lights of the harbour"
ODD_SHAPES = {
    "another shape": "malformed=shape",
    "a list": "malformed=list",
    "results that are none": "malformed=null",
    "no JSON": "malformed=json",
    "a page": "malformed=html",
    "a text left out": "end=2",
}


@pytest.fixture
async def fake() -> AsyncIterator[FakeProviders]:
    async with fake_providers() as fake:
        yield fake
        assert fake.bugs == []


@pytest.fixture(params=["cohere", "voyageai"])
async def reranker(
    request: pytest.FixtureRequest, fake: FakeProviders
) -> AsyncIterator[HostedReranker]:
    models = HostedModels({request.param: fake.connection(request.param)}, SystemClock())
    model = models.reranker("")
    assert model is not None
    async with model:
        yield model


def provider_of(reranker: HostedReranker) -> str:
    return reranker.model.partition(":")[0]


async def test_scores_come_in_the_order_of_the_texts(reranker: HostedReranker) -> None:
    reranked = await reranker.rerank(QUESTION, TEXTS)
    assert reranked.scores[1] > reranked.scores[2] > reranked.scores[0]


async def test_used_is_what_the_provider_says_by_its_unit(
    reranker: HostedReranker, fake: FakeProviders
) -> None:
    used = (await reranker.rerank(QUESTION, TEXTS)).used
    assert used == (Used(1, "query") if reranker.model.startswith("cohere") else Used(13, "token"))
    (call,) = fake.calls
    assert call.told is not None
    assert used.amount == (call.units or call.told.tokens_in)
    assert used.amount <= reranker.most(QUESTION, TEXTS).amount


@pytest.mark.parametrize("shape", ODD_SHAPES)
async def test_a_success_of_another_shape_is_a_failure(
    reranker: HostedReranker, fake: FakeProviders, shape: str
) -> None:
    fake.script(provider_of(reranker), ODD_SHAPES[shape])
    with pytest.raises(BadReplyError):
        await reranker.rerank(QUESTION, TEXTS)


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
async def test_a_refusal_is_told_at_once(
    reranker: HostedReranker, fake: FakeProviders, status: int
) -> None:
    fake.script(provider_of(reranker), f"status={status}")
    with pytest.raises(NothingUsedError):
        await reranker.rerank(QUESTION, TEXTS)
    assert len(fake.calls) == 1


@pytest.mark.parametrize("fault", ["cut=1", "error=1", "gap=30"])
async def test_an_answer_that_breaks_off_is_no_order(
    reranker: HostedReranker, fake: FakeProviders, fault: str
) -> None:
    fake.script(provider_of(reranker), fault)
    with pytest.raises(UnavailableError) as broken:
        await reranker.rerank(QUESTION, TEXTS)
    assert isinstance(broken.value, NothingUsedError) == fault.startswith("error")
    (call,) = fake.calls
    assert call.units == 0


async def test_a_slow_one_is_given_up(reranker: HostedReranker, fake: FakeProviders) -> None:
    fake.script(provider_of(reranker), "delay=30")
    with pytest.raises(UnavailableError):
        await reranker.rerank(QUESTION, TEXTS)
