"""The makers' own clients read the fake's answers: models, whole and in streams, well and badly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest

from cli.fakes.providers import FakeProviders, fake_providers
from cli.fakes.speech_script import KEY
from support.eventually import eventually

pytestmark = pytest.mark.timeout(60)

genai: Any = import_module("google.genai")  # part of its types are unknown
TEXT = "The pump holds 4,500 litres, and Märta closes it at nine."


@pytest.fixture
async def providers() -> AsyncIterator[FakeProviders]:
    async with fake_providers() as fake:
        yield fake


class Client:
    """One maker's client behind one face."""

    def __init__(self, provider: str, fake: FakeProviders, key: str = KEY) -> None:
        self.provider, self.fake = provider, fake
        self._anthropic = anthropic.AsyncAnthropic(api_key=key, base_url=fake.url, max_retries=0)
        self._openai = openai.AsyncOpenAI(api_key=key, base_url=f"{fake.url}/v1", max_retries=0)
        self._http = httpx2.AsyncClient()  # with its own it takes aiohttp, and warns
        options = genai.types.HttpOptions(base_url=fake.url, httpx_async_client=self._http)
        self._google = genai.Client(api_key=key, http_options=options)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._anthropic.close()
        await self._openai.close()
        await self._google.aio.aclose()
        await self._http.aclose()

    async def ask(self, model: str = "some-model") -> tuple[str, tuple[int, int, int]]:
        """The text; tokens in, cached, out."""
        return await getattr(self, f"_ask_{self.wire}")(model)

    def stream(self, model: str = "some-model") -> AsyncIterator[str]:
        return getattr(self, f"_stream_{self.wire}")(model)

    @property
    def wire(self) -> str:
        return self.provider.replace("-", "_")

    async def _ask_anthropic(self, model: str) -> tuple[str, tuple[int, int, int]]:
        reply = await self._anthropic.messages.create(
            model=model, max_tokens=99, messages=[{"role": "user", "content": "How much?"}]
        )
        used = reply.usage
        cached = used.cache_read_input_tokens or 0
        text = "".join(part.text for part in reply.content if part.type == "text")
        return text, (used.input_tokens + cached, cached, used.output_tokens)

    async def _stream_anthropic(self, model: str) -> AsyncIterator[str]:
        async with self._anthropic.messages.stream(
            model=model, max_tokens=99, messages=[{"role": "user", "content": "How much?"}]
        ) as stream:
            async for text in stream.text_stream:
                yield text

    async def _ask_openai(self, model: str) -> tuple[str, tuple[int, int, int]]:
        reply = await self._openai.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "How much?"}]
        )
        used = reply.usage
        assert used is not None
        assert used.prompt_tokens_details is not None
        cached = used.prompt_tokens_details.cached_tokens or 0
        text = reply.choices[0].message.content or ""
        return text, (used.prompt_tokens, cached, used.completion_tokens)

    async def _stream_openai(self, model: str) -> AsyncIterator[str]:
        async with await self._openai.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "How much?"}], stream=True
        ) as stream:
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content

    async def _ask_openai_responses(self, model: str) -> tuple[str, tuple[int, int, int]]:
        reply = await self._openai.responses.create(model=model, input="How much?")
        used = reply.usage
        assert used is not None
        cached = used.input_tokens_details.cached_tokens
        return reply.output_text, (used.input_tokens, cached, used.output_tokens)

    async def _stream_openai_responses(self, model: str) -> AsyncIterator[str]:
        async with await self._openai.responses.create(
            model=model, input="How much?", stream=True
        ) as stream:
            async for event in stream:
                if event.type == "response.output_text.delta":
                    yield event.delta

    async def _ask_google(self, model: str) -> tuple[str, tuple[int, int, int]]:
        reply = await self._google.aio.models.generate_content(
            model=model,
            contents="How much?",
            config=genai.types.GenerateContentConfig(max_output_tokens=99),
        )
        used = reply.usage_metadata
        assert used is not None
        written = (used.candidates_token_count or 0) + (used.thoughts_token_count or 0)
        cached = used.cached_content_token_count or 0
        return reply.text or "", (used.prompt_token_count or 0, cached, written)

    async def _stream_google(self, model: str) -> AsyncIterator[str]:
        stream = await self._google.aio.models.generate_content_stream(
            model=model, contents="How much?"
        )
        async for chunk in stream:
            if chunk.text:
                yield chunk.text


Make = Callable[..., Client]


@pytest.fixture(params=["anthropic", "google", "openai", "openai-responses"])
async def client(request: pytest.FixtureRequest, providers: FakeProviders) -> AsyncIterator[Client]:
    async with Client(request.param, providers) as client:
        yield client


def the_provider(client: Client) -> str:
    return client.provider.removesuffix("-responses")


async def test_a_whole_answer_and_its_usage_are_read(client: Client) -> None:
    script = f"tokens_in=1000,cached=900,tokens_out=20,thoughts=5,text={TEXT}"
    client.fake.script(the_provider(client), script)
    text, usage = await client.ask()
    assert (text, usage) == (TEXT, (1000, 900, 25))
    [call] = client.fake.calls
    assert call.ended == "done"
    assert call.told is not None
    assert (call.told.tokens_in, call.told.tokens_cached, call.told.tokens_out) == usage


async def test_a_stream_is_read_piece_by_piece(client: Client) -> None:
    client.fake.script(the_provider(client), f"text={TEXT}")
    pieces = [piece async for piece in client.stream()]
    assert "".join(pieces) == TEXT
    [call] = client.fake.calls
    assert (call.ended, call.tokens_sent) == ("done", len(pieces))


async def test_who_leaves_a_slow_stream_is_seen_to_leave(client: Client) -> None:
    client.fake.script(the_provider(client), f"gap=30,text={TEXT}")
    first = asyncio.Event()

    async def read() -> None:
        async for _ in client.stream():
            first.set()

    reading = asyncio.ensure_future(read())
    await first.wait()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    [call] = client.fake.calls
    assert await eventually(lambda: call.ended, equals="client_gone")


@pytest.mark.parametrize("status", [401, 404, 429, 503, 529])
async def test_a_refusal_has_its_status(client: Client, status: int) -> None:
    client.fake.script(the_provider(client), f"status={status},retry_after=2")
    with pytest.raises(Exception) as refused:  # noqa: PT011 - each maker has its own
        await client.ask()
    error: Any = refused.value
    assert getattr(error, "status_code", None) or error.code == status
    [call] = client.fake.calls
    assert (call.status, call.ended, call.told) == (status, "error", None)


async def test_a_wrong_key_is_refused(providers: FakeProviders) -> None:
    for provider in ("anthropic", "google", "openai"):
        async with Client(provider, providers, key="another") as client:
            with pytest.raises(Exception, match=r"refuses|API key"):
                await client.ask()


async def test_a_cut_stream_fails_its_reader(client: Client) -> None:
    client.fake.script(the_provider(client), f"cut=2,text={TEXT}")
    pieces: list[str] = []
    with pytest.raises(Exception):  # noqa: B017, PT011 - each maker has its own
        pieces.extend([piece async for piece in client.stream()])
    [call] = client.fake.calls
    assert (call.ended, call.tokens_sent) == ("cut", 2)


async def test_a_stream_that_ends_early_ends_in_order(client: Client) -> None:
    client.fake.script(the_provider(client), f"end=2,text={TEXT}")
    pieces = [piece async for piece in client.stream()]
    assert TEXT.startswith("".join(pieces))
    assert (len(pieces), client.fake.calls[0].ended) == (2, "cut")


async def test_an_error_in_a_stream_fails_its_reader(client: Client) -> None:
    client.fake.script(the_provider(client), f"error=1,text={TEXT}")
    if client.provider == "openai-responses":  # its client leaves the event to its reader
        assert [piece async for piece in client.stream()] != [TEXT]
    else:
        with pytest.raises(Exception):  # noqa: B017, PT011 - each maker has its own
            [piece async for piece in client.stream()]
    assert client.fake.calls[0].ended == "error"


async def test_a_filtered_answer_has_no_text(client: Client) -> None:
    client.fake.script(the_provider(client), "filtered", "filtered")
    assert (await client.ask())[0] == ""
    assert [piece async for piece in client.stream()] == []


async def test_pings_keep_a_stream_alive_before_its_first_token(client: Client) -> None:
    client.fake.script(the_provider(client), f"first=0.2,ping=0.02,text={TEXT}")
    assert "".join([piece async for piece in client.stream()]) == TEXT


async def test_a_script_comes_with_the_models_name_too(client: Client) -> None:
    assert (await client.ask("some-model@tokens_in=7,text=By name"))[0] == "By name"
    assert client.fake.calls[0].model == "some-model"


async def test_scripts_and_journal_go_over_http_without_keys_or_content(client: Client) -> None:
    fake, whose = client.fake, the_provider(client)
    async with httpx.AsyncClient(base_url=fake.url) as http:
        says = [{"status": 529}, "text=The second"]
        (await http.post("/_fake/next", json={"kind": whose, "says": says})).raise_for_status()
        with pytest.raises(Exception):  # noqa: B017, PT011 - each maker has its own
            await client.ask()
        assert (await client.ask())[0] == "The second"
        journal = await http.get("/_fake/journal")
    assert [call["status"] for call in journal.json()] == [529, 200]
    assert not any(secret in journal.text for secret in (KEY, "How much?", "The second"))


async def test_a_script_with_an_unknown_word_is_refused_with_the_known_ones(
    providers: FakeProviders,
) -> None:
    async with httpx.AsyncClient(base_url=providers.url) as http:
        body = {"kind": "openai", "says": ["gab=0.3"]}
        refused = await http.post("/_fake/next", json=body)
    assert refused.status_code == 400
    assert "gap" in refused.json()["error"]["message"]
