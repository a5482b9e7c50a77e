"""A built router with nothing but keys: whom it asks, and whom it leaves alone."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from cli.fakes.providers import FakeProviders, fake_providers
from contracts.conversation import AnswerCompleted, TurnTaken
from contracts.knowledge import PassagesFound
from llm_router.main import build
from llm_router.settings import LlmRouterSettings
from runtime.bus import Publisher, provision_streams
from runtime.clock import SystemClock
from runtime.settings import read_settings
from spending import Accounts
from support.bus import bodies, read_by
from support.router.turns import TENANT, a_passage, a_turn, enveloped, found
from support.servers import as_service

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]
PRICE = a_passage("The Team plan costs 29 USD per month.")
HAIKU = "anthropic:claude-haiku-5-5"
LITE = "google:gemini-3.1-flash-lite"


@pytest.fixture
async def providers() -> AsyncIterator[FakeProviders]:
    async with fake_providers() as fake:
        yield fake


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, valkey_url: str, tmp_path: Path, providers: FakeProviders
) -> pytest.MonkeyPatch:
    """Addresses of the fake, and no key yet."""
    monkeypatch.setenv("REDIS_URL", as_service(valkey_url, "llm-router"))
    monkeypatch.setenv("FILES_DIR", str(tmp_path))
    for name, value in providers.environment.items():
        if name.endswith(("_URL", "_API_URL")):
            monkeypatch.setenv(name, value)
    return monkeypatch


@asynccontextmanager
async def a_running_router() -> AsyncGenerator[None]:
    stop = asyncio.Event()
    service = build(read_settings(LlmRouterSettings), SystemClock())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run(stop))
        try:
            yield
        finally:
            stop.set()


async def asked(redis: Redis, *turns: str) -> list[AnswerCompleted]:
    publisher = Publisher(redis)
    for turn in turns:
        await publisher.publish(enveloped(found(PRICE, turn=turn)))
        await publisher.publish(enveloped(a_turn(turn=turn)))
        await read_by(redis, PassagesFound, "llm-router", timeout_s=30)
        await read_by(redis, TurnTaken, "llm-router", timeout_s=30)
    stated: list[Any] = await bodies(redis, AnswerCompleted)
    return [one.data for one in stated]


async def test_a_model_that_is_gone_is_asked_once_and_the_next_of_its_tier_serves(
    redis: Redis, providers: FakeProviders, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ANTHROPIC_API_KEY", providers.environment["ANTHROPIC_API_KEY"])
    environment.setenv("GEMINI_API_KEY", providers.environment["GEMINI_API_KEY"])
    providers.always(HAIKU, "status=404")
    await provision_streams(redis)
    await Accounts(redis).make(TENANT)

    async with a_running_router():
        first, second = await asked(redis, "first", "second")

    assert [(one.model, one.why) for one in first.attempts[:1]] == [(HAIKU, "no_model")]
    assert [(one.model, one.why) for one in second.attempts[:1]] == [(HAIKU, "not asked: no_model")]
    assert first.attempts[1].model == second.attempts[1].model == LITE
    assert first.text
    asked_for = [f"{call.provider}:{call.model}" for call in providers.calls]
    assert asked_for.count(HAIKU) == 1
    assert asked_for.count(LITE) == 2


async def test_with_every_provider_down_our_own_answerer_answers_in_the_route(
    redis: Redis, providers: FakeProviders, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ANTHROPIC_API_KEY", providers.environment["ANTHROPIC_API_KEY"])
    providers.always("anthropic", "status=500")
    await provision_streams(redis)
    await Accounts(redis).make(TENANT)

    async with a_running_router():
        (answer,) = await asked(redis, "only")

    assert [one.tier for one in answer.attempts] == ["weak", "middle", "strong", "offline"]
    assert answer.attempts[-1].outcome == "accepted"
    assert "29 USD" in answer.text
