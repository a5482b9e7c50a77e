"""One suite for all hosted models: their real client libraries against their own protocols."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from genai_prices import extract_usage
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from cli.fakes.journal import Call
from cli.fakes.providers import FakeProviders, fake_providers
from cli.fakes.speech_script import KEY
from hosted_models.calls import CallProgress, FailureReason
from hosted_models.closing_stream import closing_stream
from hosted_models.open_client import open_client
from llm_router.adapters.metered_models import quantity_of
from llm_router.domain.reply import Failure, Reply
from spending import Model, price
from support.eventually import eventually
from support.router.hosted import (
    AT,
    FACT,
    MODELS,
    ON_SCREEN,
    QUESTION,
    Hosted,
    connection_to,
    hosted_models,
)

# The four client libraries take seconds to import, so they are shared by the module.
pytestmark = [pytest.mark.timeout(90), pytest.mark.asyncio(loop_scope="module")]

GONE_WITHIN_S = 1.0
"""100 ms, and as much again as a busy machine takes."""
COUNTED = "tokens_in=900,cached=600,cache_written=200,tokens_out=40,thoughts=25"
REFUSALS: dict[int, FailureReason] = {
    400: "rejected",
    401: "no_access",
    403: "no_access",
    404: "no_model",
    429: "rate_limited",
    500: "unavailable",
    503: "unavailable",
    529: "overloaded",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fake() -> AsyncIterator[FakeProviders]:
    async with fake_providers() as fake:
        yield fake


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hosted(fake: FakeProviders) -> AsyncIterator[Hosted]:
    hosted = hosted_models(fake.url)
    async with hosted.models:
        # The first call of a process takes longer than the limits of some tests.
        for provider, name in MODELS.items():
            await hosted.ask(f"{provider}:{name}")
        yield hosted


@pytest.fixture(params=sorted(MODELS))
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


class Asking:
    """Questions to one provider's model, and what the provider saw of them."""

    def __init__(self, hosted: Hosted, fake: FakeProviders, provider: str) -> None:
        self._hosted = hosted
        self._fake = fake
        self.provider = provider
        self.model = f"{provider}:{MODELS[provider]}"
        self._before = len(fake.calls)
        self.progress = CallProgress()

    async def ask(self, script: str = "", *, timeout_s: float = 8.0) -> Reply | Failure:
        self._fake.script(self.provider, script)
        self.progress = CallProgress()
        return await self._hosted.ask(self.model, timeout_s=timeout_s, progress=self.progress)

    @property
    def calls(self) -> list[Call]:
        return self._fake.calls[self._before :]

    @property
    def call(self) -> Call:
        (call,) = self.calls
        return call

    @property
    def pictures(self) -> Any:
        return self._hosted.pictures


@pytest.fixture
def asking(hosted: Hosted, fake: FakeProviders, provider: str) -> Asking:
    return Asking(hosted, fake, provider)


def sent_text(call: Call) -> str:
    return json.dumps(call.body, ensure_ascii=False)


async def test_an_answer_is_streamed_and_its_citation_resolves(asking: Asking) -> None:
    citation = {"mark": "P1", "quote": FACT}
    written = {"answer": FACT, "abstained": False, "citations": [citation]}
    reply = await asking.ask(f"text={json.dumps(written)}")
    assert isinstance(reply, Reply)
    assert reply.text == FACT
    assert [source.quote for source in reply.sources] == [FACT]
    assert asking.call.ended == "done"
    assert asking.call.tokens_sent > 1


async def test_tokens_are_those_that_the_provider_told(asking: Asking) -> None:
    reply = await asking.ask(COUNTED)
    told = asking.call.told
    assert told is not None
    assert (reply.tokens_in, reply.tokens_cached, reply.tokens_out) == (900, 600, 65)
    assert (told.tokens_in, told.tokens_cached, told.tokens_out) == (900, 600, 65)
    written = 0 if asking.provider == "google" else 200  # Gemini charges nobody for them
    assert (reply.tokens_cache_written, told.tokens_cache_written) == (written, written)


@pytest.mark.parametrize("provider", ["anthropic", "google", "openai"])  # of the others: no price
@pytest.mark.parametrize("script", [COUNTED, "tokens_in=9000,cache_written=9000,tokens_out=7"])
async def test_a_cost_is_that_of_the_price_list_for_the_same_reply(
    hosted: Hosted, fake: FakeProviders, provider: str, script: str
) -> None:
    asking = Asking(hosted, fake, provider)
    reply = await asking.ask(script)
    cost = price(Model(provider, MODELS[provider]), quantity_of(reply), AT).usd
    assert cost == await listed_usd(asking.call, fake, script)


async def listed_usd(call: Call, fake: FakeProviders, script: str) -> Decimal:
    """What the price list itself reads out of the same reply, whole instead of streamed."""
    path = call.path.replace("streamGenerateContent", "generateContent")
    headers = {"x-fake": script, "authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=fake.url, headers=headers) as http:
        told = await http.post(path, json={**call.body, "stream": False})
    flavor = {"/v1/chat/completions": "chat", "/v1/responses": "responses"}.get(path, "default")
    used = extract_usage(told.json(), provider_id=call.provider, api_flavor=flavor)
    return used.calc_price(genai_request_timestamp=AT).total_price


async def test_the_picture_goes_with_its_text_to_a_model_that_sees(asking: Asking) -> None:
    await asking.ask()
    sees = asking.provider != "openai-compatible"  # of a server of one's own it is not known
    assert asking.call.pictures == (1 if sees else 0)
    assert ON_SCREEN in sent_text(asking.call)


@pytest.mark.parametrize("is_down", [False, True])
async def test_a_picture_that_is_not_to_be_had_is_left_out(asking: Asking, is_down: bool) -> None:
    kept, asking.pictures.kept = asking.pictures.kept, None if is_down else {}
    try:
        reply = await asking.ask()
    finally:
        asking.pictures.kept = kept
    assert isinstance(reply, Reply)
    assert asking.call.pictures == 0
    assert ON_SCREEN in sent_text(asking.call)


async def test_what_never_changes_goes_first_and_is_marked_for_the_cache(asking: Asking) -> None:
    await asking.ask()
    body = asking.call.body
    if asking.provider == "anthropic":
        (system,) = body["system"]
        assert system["cache_control"]["type"] == "ephemeral"
        assert system["cache_control"].get("ttl", "5m") == "5m"  # an hour's tokens cost more
    # The order of a provider's fields is its own; what is asked in the messages comes after.
    messages = json.dumps(body.get("messages") or body.get("contents") or body["input"])
    assert messages.index("Evidence given") < messages.index("# Question")
    assert QUESTION not in json.dumps(body.get("system") or body.get("instructions") or "")


async def test_a_call_has_a_limit_and_no_temperature(asking: Asking) -> None:
    await asking.ask()
    body = asking.call.body
    config = body.get("generationConfig", body)
    limits = {"max_tokens", "max_output_tokens", "maxOutputTokens"} & config.keys()
    assert [config[limit] for limit in limits] == [1_200]
    assert "temperature" not in config
    assert body.get("store", False) is False


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refusal_is_asked_once_and_costs_nothing(asking: Asking, status: int) -> None:
    failure = await asking.ask(f"status={status}")
    assert isinstance(failure, Failure)
    expected = REFUSALS[status]
    if asking.provider == "google" and expected == "overloaded":
        expected = "unavailable"  # Gemini has no 529; it says 503 when it is overloaded
    assert failure.reason == expected
    assert (failure.tokens_in, failure.tokens_out) == (0, 0)
    assert len(asking.calls) == 1


@pytest.mark.parametrize("status", [429, 529])
async def test_how_long_to_wait_is_heard(asking: Asking, status: int) -> None:
    failure = await asking.ask(f"status={status},retry_after=7")
    assert isinstance(failure, Failure)
    assert failure.retry_after_s == 7


async def test_a_stream_that_is_cut_is_no_answer_and_is_charged(asking: Asking) -> None:
    failure = await asking.ask("cut=4")
    assert isinstance(failure, Failure)
    assert failure.reason == "unavailable"
    assert failure.tokens_in > 0
    assert failure.tokens_out >= 4


async def test_a_stream_that_ends_early_in_good_order_is_no_answer(asking: Asking) -> None:
    failure = await asking.ask("end=4")
    assert isinstance(failure, Failure)
    assert failure.reason in {"bad_reply", "unavailable"}
    assert failure.tokens_out >= 4


async def test_an_error_inside_a_stream_is_a_failure_and_is_charged(asking: Asking) -> None:
    failure = await asking.ask("error=4")
    assert isinstance(failure, Failure)
    assert failure.reason in {"unavailable", "bad_reply"}
    assert failure.tokens_out >= 4


@pytest.mark.parametrize("malformed", ["shape", "json", "html"])
async def test_a_success_of_another_shape_is_no_answer(asking: Asking, malformed: str) -> None:
    failure = await asking.ask(f"malformed={malformed}")
    assert isinstance(failure, Failure)
    assert failure.reason == "bad_reply"


async def test_a_refusal_by_the_safety_filter_is_named(asking: Asking) -> None:
    failure = await asking.ask("filtered")
    assert isinstance(failure, Failure)
    assert failure.reason == "filtered"


async def test_who_does_not_begin_is_left(asking: Asking) -> None:
    failure = await asking.ask("first=30", timeout_s=0.8)
    assert isinstance(failure, Failure)
    assert failure.reason == "timeout"
    assert failure.tokens_in > 0
    await eventually(lambda: asking.call.ended, equals="client_gone", timeout_s=GONE_WITHIN_S)


async def test_keep_alives_do_not_stand_for_an_answer(asking: Asking) -> None:
    ping = "" if asking.provider == "google" else ",ping=0.05"  # its client stands none
    failure = await asking.ask(f"gap=30{ping}")
    assert isinstance(failure, Failure)
    assert failure.reason == "timeout"
    await eventually(lambda: asking.call.ended, equals="client_gone", timeout_s=GONE_WITHIN_S)


async def test_a_slow_stream_is_waited_for_while_it_moves(asking: Asking) -> None:
    reply = await asking.ask("gap=0.02,ping=0.01" if asking.provider != "google" else "gap=0.02")
    assert isinstance(reply, Reply)


@pytest.mark.parametrize("script", ["gap=0.05", "first=30"])
async def test_a_call_that_is_left_closes_the_providers_connection(
    asking: Asking, script: str
) -> None:
    asking_now = asyncio.ensure_future(asking.ask(script))
    await eventually(lambda: asking.calls and asking.call.status == 200)
    if script != "first=30":
        await eventually(lambda: asking.progress.has_begun)
    left_at = asyncio.get_running_loop().time()
    asking_now.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking_now
    await eventually(lambda: asking.call.ended, equals="client_gone")
    assert asking.call.ended_s is not None
    assert asking.call.ended_s - left_at < GONE_WITHIN_S
    assert asking.progress.is_sent
    assert asking.progress.tokens_in > 0


async def test_a_stream_that_is_left_between_two_pieces_is_closed(
    asking: Asking, fake: FakeProviders
) -> None:
    """Gemini's own client goes on then, and the model is paid for what nobody reads."""
    client = open_client(connection_to(asking.provider, fake.url))
    model, messages = client.model(MODELS[asking.provider]), [ModelRequest.user_text_prompt("Hi")]
    fake.script(asking.provider, f"gap=0.05,text={'word ' * 200}")
    try:
        limits = ModelSettings(max_retries=0, request_timeout=8)
        async with closing_stream(model, messages, limits, ModelRequestParameters()) as stream:
            async for _ in stream:
                break
        await eventually(lambda: asking.call.ended, equals="client_gone", timeout_s=GONE_WITHIN_S)
    finally:
        await client.aclose()


async def test_no_key_and_no_content_is_logged(
    asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for script in ("", "status=401", "status=400", "cut=4", "malformed=html", "malformed=shape"):
        await asking.ask(script)
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "model.failed" in logged
    for secret in (KEY, "Heron", "Kingfisher", "29 USD"):
        assert secret not in logged


async def test_probabilities_are_the_models_own_word(hosted: Hosted, fake: FakeProviders) -> None:
    reply = await Asking(hosted, fake, "openai-compatible").ask("logprob=-0.5")
    assert isinstance(reply, Reply)
    assert reply.support == pytest.approx(0.6065, abs=0.001)
