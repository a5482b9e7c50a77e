"""`parley doctor --providers` on the fake of all protocols: what is well, and what is not.

Each fault is one sentence with something to do, and no key stands in it.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from socket import socket
from typing import Any

import pytest
from aiohttp import web

from cli.checks.providers.check import ProviderChecks, check_providers
from cli.checks.providers.trying import ProviderRow
from cli.command_line.output import print_json
from cli.fakes.providers import PATHS, SPEECH, FakeProviders, fake_providers
from providers.catalogue import BY_NAME, PROVIDERS

pytestmark = pytest.mark.timeout(120)

MODELS = ("anthropic", "google", "openai")
TIERS = json.dumps([{"name": "own", "models": ["openai-compatible:qwen3:8b"]}])
SECRET = "sk-a-secret-that-nobody-may-see"


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeProviders]:
    """No provider has a key yet: `switch_on` gives them."""
    for provider in PROVIDERS:
        for name in (*provider.key_variables, provider.url_variable):
            monkeypatch.delenv(name, raising=False)
    for module in ("trying", "models"):  # a busy machine loads client libraries for seconds
        monkeypatch.setattr(f"cli.checks.providers.{module}.TRY_TIMEOUT_S", 60.0)
    # The fake of this file's models and voices has no embedders; `cohere` below is one.
    monkeypatch.setenv("RAG_EMBEDDING", "local")
    monkeypatch.setenv("RAG_RERANK", "none")
    async with fake_providers() as fake:
        yield fake


@pytest.fixture
def switch_on(fake: FakeProviders, monkeypatch: pytest.MonkeyPatch) -> "SwitchOn":
    return SwitchOn(fake, monkeypatch)


class SwitchOn:
    """Gives providers their keys, and the fake's address."""

    def __init__(self, fake: FakeProviders, environment: pytest.MonkeyPatch) -> None:
        self._fake, self._environment = fake, environment

    def __call__(self, *names: str, key: str | None = None, url: str | None = None) -> None:
        for name in names:
            variable = BY_NAME[name].key_variables[0]
            self._environment.setenv(variable, key or self._fake.environment[variable])
            address = self._fake.environment[BY_NAME[name].url_variable]
            self._environment.setenv(BY_NAME[name].url_variable, url or address)


def kinds(tried: ProviderChecks) -> set[tuple[str, str]]:
    return {(row.name, row.kind) for row in tried.rows}


def only(tried: ProviderChecks, kind: str) -> ProviderRow:
    return next(row for row in tried.rows if row.kind == kind)


async def test_every_provider_and_kind_with_a_key_is_tried_for_less_than_a_cent(
    fake: FakeProviders, switch_on: SwitchOn, capsys: pytest.CaptureFixture[str]
) -> None:
    switch_on(*MODELS, *SPEECH)
    tried = await check_providers()
    assert [row for row in tried.rows if not row.ok] == []
    assert kinds(tried) == {
        *((name, kind) for name in MODELS for kind in ("models", "pictures")),
        ("deepgram", "speech-to-text"),
        *((name, "text-to-speech") for name in ("elevenlabs", "cartesia", "rime")),
    }
    assert all(row.latency_ms is not None and row.cost_usd > 0 for row in tried.rows)
    said = capsys.readouterr().err
    assert f"making {len(tried.rows)} tiny calls" in said
    at_most = Decimal(said.split("$")[1].split()[0])
    assert tried.cost_usd <= at_most < Decimal("0.01")
    assert len(fake.calls) == sum(row.kind in ("models", "pictures") for row in tried.rows)


async def test_a_picture_is_sent_where_pictures_are_tried(
    fake: FakeProviders, switch_on: SwitchOn
) -> None:
    switch_on("anthropic")
    tried = await check_providers()
    sent = [call.pictures for call in fake.of("anthropic")]
    assert sum(sent) == sum(row.kind == "pictures" for row in tried.rows) > 0


async def test_without_any_key_nobody_is_tried_and_nothing_is_said_of_costs(
    fake: FakeProviders, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = await check_providers()
    assert (tried.rows, tried.cost_usd, fake.calls) == ([], 0, [])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", [*MODELS, *sorted(SPEECH)])
async def test_a_wrong_key_is_said_and_never_shown(
    name: str, switch_on: SwitchOn, capfd: pytest.CaptureFixture[str]
) -> None:
    switch_on(name, key=SECRET)
    tried = await check_providers()
    assert tried.rows
    for row in tried.rows:
        assert not row.ok
        assert "key is refused" in row.found
        assert BY_NAME[name].key_variables[0] in row.hint
    print_json(tried.told())
    out, err = capfd.readouterr()
    assert SECRET not in out + err


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("status=404", "no such model"),
        ("status=429", "429"),
        ("status=402", "credit"),
        ("status=529", "cannot serve now"),
        ("status=400", "request is refused"),
    ],
)
@pytest.mark.parametrize("name", ["anthropic", "google", "openai", "deepgram", "cartesia"])
async def test_what_a_provider_refuses_with_becomes_one_sentence_and_something_to_do(
    name: str, script: str, found: str, fake: FakeProviders, switch_on: SwitchOn
) -> None:
    if name == "google" and script == "status=402":
        return  # it knows no such status
    switch_on(name)
    always(fake, name, script)
    for row in (await check_providers()).rows:
        assert not row.ok
        assert found in row.found
        assert row.hint.endswith(".")
        assert "{" not in row.found + row.hint


@pytest.mark.parametrize("shape", ["shape", "json", "html"])
async def test_a_reply_of_another_shape_is_told_from_a_good_one(
    shape: str, fake: FakeProviders, switch_on: SwitchOn
) -> None:
    switch_on(*MODELS)
    for name in MODELS:
        always(fake, name, f"malformed={shape}")
    rows = (await check_providers()).rows
    assert {row.found for row in rows} == {"what came back has another shape than promised"}


@pytest.mark.parametrize("name", ["anthropic", "google", "openai", "deepgram", "elevenlabs"])
async def test_an_address_where_nobody_listens_is_named_without_what_else_stands_in_it(
    name: str, switch_on: SwitchOn
) -> None:
    with socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        switch_on(name, url=f"http://127.0.0.1:{nobody.getsockname()[1]}/v1")
        rows = (await check_providers()).rows
    assert rows
    for row in rows:
        assert not row.ok
        assert row.cost_usd == 0
        assert any(words in row.found for words in ("cannot be reached", "cannot serve now"))
        assert SECRET not in row.found + row.hint


@pytest.mark.parametrize("name", ["anthropic", "deepgram", "cartesia"])
async def test_who_says_nothing_is_given_up(
    name: str, fake: FakeProviders, switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.checks.providers.trying.TRY_TIMEOUT_S", 0.5)
    switch_on(name)
    always(fake, name, "slow_s=30" if name in SPEECH else "delay=30")
    rows = (await check_providers()).rows
    assert rows
    assert {row.found for row in rows} == {"no answer in time"}


async def test_a_server_of_ones_own_is_tried_by_its_address_and_costs_nothing(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on("openai-compatible")
    monkeypatch.setenv("LLM_ROUTER_TIERS", TIERS)
    row = only(await check_providers(), "models")
    assert (row.ok, row.name, row.model) == (True, "openai-compatible", "qwen3:8b")
    assert row.cost_usd == 0


async def test_the_model_that_is_told_to_describe_frames_is_tried_with_a_picture(
    fake: FakeProviders, switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on("openai-compatible")
    monkeypatch.setenv("LLM_ROUTER_TIERS", TIERS)
    monkeypatch.setenv("VISION_WORKER_MODEL", "openai-compatible:llava:7b")
    row = only(await check_providers(), "pictures")
    assert (row.ok, row.model) == (True, "llava:7b")
    assert [call.pictures for call in fake.of("openai-compatible")] == [0, 1]


async def test_a_model_whose_provider_has_no_key_and_one_without_a_price_are_said(
    fake: FakeProviders, switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on("anthropic")
    tiers = [{"name": "own", "models": ["openai:gpt-6-luna", "anthropic:claude-nobody-priced"]}]
    monkeypatch.setenv("LLM_ROUTER_TIERS", json.dumps(tiers))
    rows = {row.model: row for row in (await check_providers()).rows if row.kind == "models"}
    assert "has no key" in rows["gpt-6-luna"].found
    assert "OPENAI_API_KEY" in rows["gpt-6-luna"].hint
    assert "price is not known" in rows["claude-nobody-priced"].found
    assert not any(row.ok for row in rows.values())
    assert [call.model for call in fake.calls if call.model == "claude-nobody-priced"] == []


@asynccontextmanager
async def cohere(rerank: Any, embed: Any, status: int = 200) -> AsyncGenerator[str]:
    """Its two routes, each with one answer."""

    def told(body: Any) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(_http: web.Request) -> web.Response:
            return web.json_response(body, status=status)

        return answer

    app = web.Application()
    app.add_routes([web.post("/v2/rerank", told(rerank)), web.post("/v2/embed", told(embed))])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


RANKED = {
    "id": "1",
    "results": [{"index": 0, "relevance_score": 0.9}, {"index": 1, "relevance_score": 0.1}],
    "meta": {"billed_units": {"search_units": 1}},
}
EMBEDDED = {
    "id": "2",
    "texts": ["", ""],
    "embeddings": {"float": [[1.0] + [0.0] * 1_023, [0.0] * 1_023 + [1.0]]},
    "meta": {"billed_units": {"input_tokens": 14}},
}


@pytest.mark.parametrize(
    ("rerank", "embed", "status", "found"),
    [
        (RANKED, EMBEDDED, 200, "measured"),
        ({"id": "1"}, {"id": "2", "embeddings": {}}, 200, "another shape"),
        ({"message": "no"}, {"message": "no"}, 401, "key is refused"),
        ({"message": "no"}, {"message": "no"}, 404, "no such model"),
    ],
)
async def test_embedding_and_rerank_are_tried_by_rags_own_clients(
    rerank: Any,
    embed: Any,
    status: int,
    found: str,
    switch_on: SwitchOn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAG_EMBEDDING", "")
    monkeypatch.setenv("RAG_RERANK", "")
    async with cohere(rerank, embed, status) as url:
        switch_on("cohere", url=url)
        tried = await check_providers()
    assert kinds(tried) == {("cohere", "embedding"), ("cohere", "rerank")}
    for row in tried.rows:
        assert found in row.found
        assert row.ok == (found == "measured")


def always(fake: FakeProviders, name: str, script: str) -> None:
    scripts = fake.speech.scripts if name in SPEECH else fake.door.scripts
    scripts.always(name, scripts.read(script))  # pyright: ignore[reportArgumentType] - of either kind


def test_the_fake_has_every_provider() -> None:
    assert set(PATHS) == set(BY_NAME)
