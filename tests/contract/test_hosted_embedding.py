"""One suite for what makes vectors: each provider's real SDK against its protocol, and our own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import numpy as np
import pytest

from cli.fakes.providers import FakeProviders, fake_providers
from cli.fakes.speech_script import KEY
from contracts.errors import UnavailableError
from rag.adapters.hosted.choice import HostedModels
from rag.adapters.hosted.hosted_embedder import MAX_TEXTS, HostedEmbedder
from rag.adapters.hosted.provider_call import BadReplyError
from rag.adapters.local_embedder import LocalEmbedder
from rag.ports.embedding import EmbeddingModel, NothingUsedError
from runtime.clock import SystemClock
from runtime.settings import InvalidSettingsError
from support.books import ends_of
from support.eventually import eventually

pytestmark = pytest.mark.timeout(60)

HOSTED = {
    "voyageai": "voyageai:voyage-4",
    "cohere": "cohere:embed-v4.0",
    "openai": "openai:text-embedding-3-small",
    "openai-compatible": "openai-compatible:nomic:latest",
}
TEXTS = ["the lights of the harbour", "a cat", "the lights of the port"]
ODD_SHAPES = {
    "another shape": "malformed=shape",
    "a list": "malformed=list",
    "nothing where vectors are due": "malformed=null",
    "no JSON": "malformed=json",
    "a page": "malformed=html",
    "fewer rows": "end=2",
    "another dimension": "dimension=7",
    "zeros": "value=0",
}


class NoPauses(SystemClock):
    """Waits for nothing, and says what for."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
async def fake() -> AsyncIterator[FakeProviders]:
    async with fake_providers() as fake:
        yield fake
        assert fake.bugs == []


@pytest.fixture
def clock() -> NoPauses:
    return NoPauses()


@pytest.fixture(params=list(HOSTED))
async def hosted(
    request: pytest.FixtureRequest, fake: FakeProviders, clock: NoPauses
) -> AsyncIterator[HostedEmbedder]:
    async with hosted_by(fake, clock, request.param) as model:
        yield model


def hosted_by(
    fake: FakeProviders, clock: NoPauses, provider: str, key: str = KEY
) -> HostedEmbedder:
    models = HostedModels({provider: fake.connection(provider, key)}, clock)
    model = models.embedder(HOSTED[provider], 1024)
    assert model is not None
    return model


@pytest.fixture(params=["local", *HOSTED])
async def model(
    request: pytest.FixtureRequest, fake: FakeProviders, clock: NoPauses
) -> AsyncIterator[EmbeddingModel]:
    async with AsyncExitStack() as stack:
        if request.param == "local":
            yield await stack.enter_async_context(LocalEmbedder(niceness=0))
        else:
            yield await stack.enter_async_context(hosted_by(fake, clock, request.param))


async def test_texts_get_rows_of_length_one_in_their_order(model: EmbeddingModel) -> None:
    embedded = await model.embed_passages(TEXTS)
    assert embedded.vectors.shape == (3, model.index.dimension)
    assert embedded.vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(embedded.vectors, axis=1), 1, atol=1e-5)
    near = embedded.vectors @ embedded.vectors[0]
    assert near[2] > near[1]
    assert 0 < embedded.tokens <= model.most_tokens(TEXTS)


async def test_a_question_is_one_row_that_can_be_compared(model: EmbeddingModel) -> None:
    question = await model.embed_question("lights of the harbour")
    rows = (await model.embed_passages(TEXTS)).vectors
    assert question.vectors.shape == (model.index.dimension,)
    assert int(np.argmax(rows @ question.vectors)) in (0, 2)


async def test_no_texts_are_no_rows(model: EmbeddingModel) -> None:
    assert (await model.embed_passages([])).vectors.shape == (0, model.index.dimension)


async def test_many_texts_go_in_batches_in_their_order(
    hosted: HostedEmbedder, fake: FakeProviders
) -> None:
    texts = [f"word{at}" for at in range(MAX_TEXTS * 2 + 5)]
    embedded = await hosted.embed_passages(texts)
    sent = [call.body.get("texts") or call.body["input"] for call in fake.calls]
    assert [len(batch) for batch in sent] == [MAX_TEXTS, MAX_TEXTS, 5]
    assert [text for batch in sent for text in batch] == texts
    assert embedded.vectors.shape == (len(texts), 1024)


async def test_long_texts_go_in_more_batches(hosted: HostedEmbedder, fake: FakeProviders) -> None:
    await hosted.embed_passages(["long " * 12_000] * 3)
    assert len(fake.calls) == 3


@pytest.mark.parametrize("shape", ODD_SHAPES)
async def test_a_success_of_another_shape_is_a_failure(
    hosted: HostedEmbedder, fake: FakeProviders, shape: str
) -> None:
    fake.script(hosted.index.provider, ODD_SHAPES[shape])
    with pytest.raises(BadReplyError):
        await hosted.embed_passages(TEXTS)
    assert len(fake.calls) == 1


@pytest.mark.parametrize("fault", ["cut=1", "error=1", "first=0.1,gap=30"])
async def test_an_answer_that_breaks_off_is_no_vector(
    hosted: HostedEmbedder, fake: FakeProviders, fault: str
) -> None:
    fake.script(hosted.index.provider, fault)
    with pytest.raises(UnavailableError) as broken:
        await hosted.embed_question("what is it")
    # An error is told before anything is charged; of the others nobody knows.
    assert isinstance(broken.value, NothingUsedError) == fault.startswith("error")
    assert len(fake.calls) == 1


async def test_used_is_what_the_provider_told(hosted: HostedEmbedder, fake: FakeProviders) -> None:
    embedded = await hosted.embed_passages(TEXTS)
    (call,) = fake.calls
    assert call.told is not None
    assert embedded.tokens == call.told.tokens_in > 0


async def test_a_busy_provider_is_asked_again_when_it_said(
    hosted: HostedEmbedder, fake: FakeProviders, clock: NoPauses
) -> None:
    fake.script(hosted.index.provider, "status=429,retry_after=3", "status=503")
    assert len((await hosted.embed_passages(TEXTS)).vectors) == 3
    assert clock.slept == [3, 2]


async def test_a_provider_that_stays_busy_is_left_alone_in_the_end(
    hosted: HostedEmbedder, fake: FakeProviders
) -> None:
    fake.always(hosted.index.provider, "status=429")
    with pytest.raises(NothingUsedError) as refused:
        await hosted.embed_passages(TEXTS)
    assert refused.value.code == "provider_busy"
    assert len(fake.calls) == 3


async def test_a_question_is_asked_once_because_somebody_waits(
    hosted: HostedEmbedder, fake: FakeProviders
) -> None:
    fake.always(hosted.index.provider, "status=429")
    with pytest.raises(NothingUsedError):
        await hosted.embed_question("what is it")
    assert len(fake.calls) == 1


async def test_a_slow_provider_is_given_up_and_hears_that_nobody_waits(
    hosted: HostedEmbedder, fake: FakeProviders
) -> None:
    fake.script(hosted.index.provider, "delay=30")
    with pytest.raises(UnavailableError) as late:
        await hosted.embed_question("what is it")
    assert late.value.code == "provider_timeout"
    await eventually(lambda: fake.calls[0].ended, equals="client_gone")


async def test_a_question_nobody_waits_for_is_closed(
    hosted: HostedEmbedder, fake: FakeProviders
) -> None:
    fake.script(hosted.index.provider, "delay=30")
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(hosted.embed_question("what is it"))
        await eventually(lambda: len(fake.calls), equals=1)
        asked.cancel()
    await eventually(lambda: fake.calls[0].ended, equals="client_gone")


@pytest.mark.parametrize("provider", ["voyageai", "cohere", "openai"])
async def test_a_wrong_key_is_not_tried_again_and_no_log_says_it(
    fake: FakeProviders,
    clock: NoPauses,
    provider: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with hosted_by(fake, clock, provider, key="secret-but-wrong") as model:
        with pytest.raises(NothingUsedError) as refused:
            await model.embed_passages(["confidential words"])
    assert "does not accept the key" in str(refused.value)
    assert len(fake.calls) == 1
    assert "secret-but-wrong" not in caplog.text
    assert "confidential" not in caplog.text


async def test_who_is_not_there_cannot_be_reached() -> None:
    async with fake_providers() as gone:
        models = HostedModels({"cohere": gone.connection("cohere")}, NoPauses())
    model = models.embedder("cohere", 1024)
    assert model is not None
    async with model:
        with pytest.raises(NothingUsedError) as refused:
            await model.embed_question("what is it")
    assert refused.value.code == "provider_unreachable"


@pytest.mark.parametrize("provider", ["voyageai", "cohere", "openai"])
async def test_whose_connection_breaks_off_may_have_charged(provider: str) -> None:
    async with fake_providers() as cutting:
        cutting.always(provider, "cut=0")
        async with hosted_by(cutting, NoPauses(), provider) as model:
            with pytest.raises(UnavailableError) as broken:
                await model.embed_passages(["a"])
    assert not isinstance(broken.value, NothingUsedError)
    # Its SDK reads half a reply itself, and says that it is none.
    odd = "provider_bad_reply" if provider == "voyageai" else "provider_broke_off"
    assert broken.value.code == odd
    assert ends_of(cutting.calls, provider) == {"cut": 1}


async def test_a_batch_that_is_refused_after_one_that_was_not_does_not_undo_it(
    hosted: HostedEmbedder, fake: FakeProviders
) -> None:
    fake.script(hosted.index.provider, "", *["status=503"] * 3)
    with pytest.raises(UnavailableError) as refused:
        await hosted.embed_passages(["word"] * (MAX_TEXTS + 1))
    assert not isinstance(refused.value, NothingUsedError)


async def test_questions_and_documents_are_told_apart(fake: FakeProviders, clock: NoPauses) -> None:
    for provider in ("voyageai", "cohere"):
        async with hosted_by(fake, clock, provider) as model:
            await model.embed_question("a")
            await model.embed_passages(["a"])
    assert [call.body["input_type"] for call in fake.calls] == [
        "query",
        "document",
        "search_query",
        "search_document",
    ]


def test_the_model_follows_the_keys(fake: FakeProviders) -> None:
    every = {name: fake.connection(name) for name in ("openai", "cohere", "voyageai")}

    def chosen(*names: str) -> str | None:
        models = HostedModels({name: every[name] for name in names}, SystemClock())
        model = models.embedder("", 1024)
        return None if model is None else model.index.model

    assert chosen() is None
    assert chosen("openai") == "openai:text-embedding-3-small"
    assert chosen("openai", "cohere") == "cohere:embed-v4.0"
    assert chosen(*every) == "voyageai:voyage-4"


@pytest.mark.parametrize("wanted", ["cohere", "nobody:model", "openai-compatible", "google:x"])
def test_what_cannot_be_used_is_said_at_the_start(wanted: str) -> None:
    with pytest.raises(InvalidSettingsError, match="RAG_EMBEDDING="):
        HostedModels({}, SystemClock()).embedder(wanted, 1024)
