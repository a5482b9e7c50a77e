"""The makers' own clients read the fake's answers: models, whole and in streams, well and badly."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from importlib import import_module
from typing import Any, cast

import aiohttp
import httpx
import numpy as np
import pytest
from PIL import Image

from cli.fakes.providers import FakeProviders, fake_providers
from cli.fakes.script import Script
from cli.fakes.speech_script import KEY
from providers.tiers import tiers_for
from support.eventually import eventually
from support.makers_client import MakersClient

pytestmark = pytest.mark.timeout(60)

GONE_WITHIN_S = 1.0
"""100 ms, and as much again as a busy machine takes."""
TEXT = "The pump holds 4,500 litres, and Märta closes it at nine."


@pytest.fixture
async def providers() -> AsyncIterator[FakeProviders]:
    async with fake_providers() as fake:
        yield fake


@pytest.fixture(params=["anthropic", "google", "openai", "openai-responses"])
async def client(
    request: pytest.FixtureRequest, providers: FakeProviders
) -> AsyncIterator[MakersClient]:
    async with MakersClient(request.param, providers) as client:
        yield client


def the_provider(client: MakersClient) -> str:
    return client.provider.removesuffix("-responses")


async def test_a_whole_answer_and_its_usage_are_read(client: MakersClient) -> None:
    script = f"tokens_in=1000,cached=900,tokens_out=20,thoughts=5,text={TEXT}"
    client.fake.script(the_provider(client), script)
    text, usage = await client.ask()
    assert (text, usage) == (TEXT, (1000, 900, 25))
    [call] = client.fake.calls
    assert call.ended == "done"
    assert call.told is not None
    assert (call.told.tokens_in, call.told.tokens_cached, call.told.tokens_out) == usage


async def test_a_stream_is_read_piece_by_piece(client: MakersClient) -> None:
    client.fake.script(the_provider(client), f"text={TEXT}")
    pieces = [piece async for piece in client.stream()]
    assert "".join(pieces) == TEXT
    [call] = client.fake.calls
    assert (call.ended, call.tokens_sent) == ("done", len(pieces))


async def test_who_leaves_a_slow_stream_is_seen_to_leave(client: MakersClient) -> None:
    client.fake.script(the_provider(client), f"gap=30,text={TEXT}")
    first = asyncio.Event()

    async def read() -> None:
        async for _ in client.stream():
            first.set()

    reading = asyncio.ensure_future(read())
    await first.wait()
    left_at_s = asyncio.get_running_loop().time()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    [call] = client.fake.calls
    await eventually(lambda: call.ended, equals="client_gone")
    assert call.ended_s is not None
    assert call.began_s < left_at_s <= call.ended_s < left_at_s + GONE_WITHIN_S
    assert call.tokens_sent == 1


@pytest.mark.parametrize("status", [401, 404, 429, 503, 529])
async def test_a_refusal_has_its_status(client: MakersClient, status: int) -> None:
    client.fake.script(the_provider(client), f"status={status},retry_after=2")
    with pytest.raises(Exception) as refused:  # noqa: PT011 - each maker has its own
        await client.ask()
    error: Any = refused.value
    assert (getattr(error, "status_code", None) or error.code) == status
    assert retry_after_of(error) == 2
    [call] = client.fake.calls
    assert (call.status, call.ended, call.told) == (status, "error", None)


def retry_after_of(error: Any) -> float:
    """Google says it in the body, the others in a header."""
    if (response := getattr(error, "response", None)) is not None and hasattr(error, "status_code"):
        return float(response.headers["retry-after"])
    (detail,) = error.details["error"]["details"]
    return float(detail["retryDelay"].removesuffix("s"))


async def test_a_wrong_key_is_refused(providers: FakeProviders) -> None:
    for provider in ("anthropic", "google", "openai"):
        async with MakersClient(provider, providers, key="another") as client:
            with pytest.raises(Exception, match=r"refuses|API key"):
                await client.ask()


async def test_a_cut_stream_fails_its_reader(client: MakersClient) -> None:
    client.fake.script(the_provider(client), f"cut=2,text={TEXT}")
    pieces: list[str] = []
    with pytest.raises(Exception):  # noqa: B017, PT011 - each maker has its own
        pieces.extend([piece async for piece in client.stream()])
    [call] = client.fake.calls
    assert (call.ended, call.tokens_sent) == ("cut", 2)


async def test_a_stream_that_ends_early_ends_in_order(client: MakersClient) -> None:
    client.fake.script(the_provider(client), f"end=2,text={TEXT}")
    pieces = [piece async for piece in client.stream()]
    assert TEXT.startswith("".join(pieces))
    assert (len(pieces), client.fake.calls[0].ended) == (2, "cut")


async def test_an_error_in_a_stream_fails_its_reader(client: MakersClient) -> None:
    client.fake.script(the_provider(client), f"error=1,text={TEXT}")
    if client.provider == "openai-responses":  # its client leaves the event to its reader
        assert [piece async for piece in client.stream()] != [TEXT]
    else:
        with pytest.raises(Exception):  # noqa: B017, PT011 - each maker has its own
            [piece async for piece in client.stream()]
    assert client.fake.calls[0].ended == "error"


async def test_a_filtered_answer_has_no_text(client: MakersClient) -> None:
    client.fake.script(the_provider(client), "filtered", "filtered")
    assert (await client.ask())[0] == ""
    assert [piece async for piece in client.stream()] == []


@pytest.mark.parametrize("kind", ["shape", "list", "null", "json", "html"])
async def test_a_success_of_another_shape_is_no_answer(client: MakersClient, kind: str) -> None:
    client.fake.script(the_provider(client), f"malformed={kind},text={TEXT}")
    with pytest.raises(Exception):  # noqa: B017, PT011 - each maker has its own
        assert (await client.ask())[0]
    [call] = client.fake.calls
    assert (call.status, call.ended, call.told) == (200, "error", None)


async def test_pictures_are_counted_as_they_arrive(client: MakersClient) -> None:
    await client.ask()
    await client.show()
    assert [call.pictures for call in client.fake.calls] == [0, 1]


@pytest.mark.parametrize("client", ["google", "openai", "openai-responses"], indirect=True)
async def test_probabilities_are_told_of_each_token(client: MakersClient) -> None:
    client.fake.script(the_provider(client), f"logprob=-0.5,text={TEXT}")
    told = await client.logprobs()
    assert told == [-0.5] * client.fake.calls[0].tokens_sent
    assert len(told) > 1


async def test_a_bug_of_the_fake_is_no_scripts_fault(client: MakersClient) -> None:
    whose, wrong = the_provider(client), cast("Any", "soon")
    client.fake.script(whose, Script(first=wrong), Script(gap=wrong, text=TEXT))
    with pytest.raises(Exception) as broken:  # noqa: PT011 - each maker has its own
        await client.ask()
    error: Any = broken.value
    assert (getattr(error, "status_code", None) or error.code) == 500
    with pytest.raises(Exception):  # noqa: B017, PT011 - each maker has its own
        [piece async for piece in client.stream()]
    told = [(call.status, call.ended, call.bug) for call in client.fake.calls]
    assert told == [(500, "bug", "TypeError"), (200, "bug", "TypeError")]
    assert client.fake.bugs == ["TypeError", "TypeError"]


@pytest.mark.parametrize("client", ["anthropic", "google", "openai"], indirect=True)
async def test_the_models_are_listed_that_the_tiers_may_name(client: MakersClient) -> None:
    listed = await client.models()
    tiers = tiers_for({client.provider}, date(2026, 11, 28))
    wanted = {name.partition(":")[2] for tier in tiers for name in tier.models}
    assert wanted
    assert wanted <= set(listed)
    client.fake.script(client.provider, "status=503")
    with pytest.raises(Exception):  # noqa: B017, PT011 - each maker has its own
        await client.models()
    assert [call.status for call in client.fake.calls] == [200, 503]


@pytest.mark.parametrize("client", ["google"], indirect=True)
async def test_googles_tokens_are_counted_without_an_answer(client: MakersClient) -> None:
    assert await client.tokens(TEXT) == len(TEXT) // 4
    assert client.fake.calls[0].told is None


@pytest.mark.parametrize("client", ["google"], indirect=True)
async def test_googles_vectors_are_near_for_texts_that_share_words(client: MakersClient) -> None:
    port, cat, near = await client.vectors(["the old port", "a cat", "the port"], 256)
    assert {len(port), len(cat), len(near)} == {256}
    assert np.dot(port, near) > np.dot(port, cat)
    (single,) = await client.vectors(["the old port"], 256)
    assert single == port
    client.fake.script("google", "end=1", "status=429,retry_after=2")
    assert len(await client.vectors(["the old port", "a cat"], 256)) == 1
    with pytest.raises(Exception) as refused:  # noqa: PT011 - the maker's own
        await client.vectors(["a cat"], 256)
    assert retry_after_of(refused.value) == 2


async def test_voyages_pictures_are_embedded_with_their_words(providers: FakeProviders) -> None:
    voyage, session = cast("Any", import_module("voyageai")), aiohttp.ClientSession()
    voyage.aiosession.set(session)
    client = voyage.AsyncClient(api_key=KEY, base_url=f"{providers.url}/v1", max_retries=0)
    inputs = [["the old port", Image.new("RGB", (8, 8))], ["a cat"]]
    try:
        told = await client.multimodal_embed(inputs, model="voyage-multimodal-3.5")
    finally:
        await session.close()
    assert [len(row) for row in told.embeddings] == [1_024, 1_024]
    assert told.image_pixels > 0
    (call,) = providers.calls
    assert (call.provider, call.pictures, call.ended) == ("voyageai", 1, "done")
    assert call.told is not None
    assert call.told.tokens_in == told.total_tokens > told.text_tokens > 0


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/embeddings", "/v2/rerank", "/_fake/next"])
@pytest.mark.parametrize("sent", ["no JSON", "[1]"])
async def test_what_is_no_request_is_said_to_be_none(
    providers: FakeProviders, path: str, sent: str
) -> None:
    async with httpx.AsyncClient(base_url=providers.url) as http:
        refused = await http.post(path, content=sent)
    assert refused.status_code == 400
    assert "JSON" in refused.json()["error"]["message"]
    assert providers.bugs == []


async def test_pings_keep_a_stream_alive_before_its_first_token(client: MakersClient) -> None:
    client.fake.script(the_provider(client), f"first=0.2,ping=0.02,text={TEXT}")
    assert "".join([piece async for piece in client.stream()]) == TEXT


async def test_a_script_comes_with_the_models_name_too(client: MakersClient) -> None:
    assert (await client.ask("some-model@tokens_in=7,text=By name"))[0] == "By name"
    assert client.fake.calls[0].model == "some-model"


async def test_scripts_and_journal_go_over_http_without_keys_or_content(
    client: MakersClient,
) -> None:
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
