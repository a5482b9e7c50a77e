"""Two built routers on a real Redis: turns and evidence in, one end of each turn out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from contracts.conversation import AnswerCompleted, AnswerRefused, TurnTaken
from contracts.fact import Envelope
from contracts.feed import Concluded
from contracts.knowledge import PassagesFound
from contracts.usage import UsageIncurred
from contracts.vision import FrameDescribed
from llm_router.main import build
from llm_router.settings import LlmRouterSettings
from runtime.bus import DeadLetters, Publisher, provision_streams
from runtime.clock import SystemClock
from spending import Accounts
from support.bus import bodies, read_by
from support.eventually import eventually
from support.router.turns import TENANT, a_passage, a_turn, described, enveloped, feed_of, found
from support.servers import as_service

PRICE = a_passage("The Team plan costs 29 USD per month.")


@asynccontextmanager
async def two_routers(url: str, tmp_path: Path) -> AsyncGenerator[None]:
    settings = LlmRouterSettings.model_validate(
        {"redis_url": as_service(url, "llm-router"), "files_dir": tmp_path, "drain_s": 10}
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(build(settings, SystemClock()).run(stop))
        try:
            yield
        finally:
            stop.set()


async def answers(redis: Redis) -> list[Envelope[Any]]:
    return await bodies(redis, AnswerCompleted)


async def test_every_turn_ends_once_in_order_and_its_use_is_stated(
    redis: Redis, valkey_url: str, tmp_path: Path
) -> None:
    await provision_streams(redis)
    await Accounts(redis).make(TENANT)
    publisher = Publisher(redis)
    asked = [a_turn(turn=f"chat {number}") for number in range(6)]

    async with two_routers(valkey_url, tmp_path):
        await publisher.publish(*[enveloped(turn) for turn in asked])
        await publisher.publish(*[enveloped(found(PRICE, turn=f"chat {n}")) for n in range(6)])
        # Stated again, as a client's retry would: the same turn, no second answer.
        await publisher.publish(enveloped(asked[0]))
        await read_by(redis, TurnTaken, "llm-router", timeout_s=30)
        await read_by(redis, PassagesFound, "llm-router")
        await eventually(lambda: _count(redis, UsageIncurred), equals=6)

    stated = await answers(redis)
    assert [one.data.turn_id for one in stated] == [turn.turn_id for turn in asked]
    assert {one.data.text for one in stated} == {"The Team plan costs 29 USD per month."}
    assert len({one.id for one in stated}) == 6
    ended = [entry for entry in await feed_of(redis) if isinstance(entry, Concluded)]
    assert [entry.turn_id for entry in ended] == [turn.turn_id for turn in asked]
    used = await bodies(redis, UsageIncurred)
    assert all(one.data.cost_usd == 0 and one.data.estimate_usd > 0 for one in used)
    assert await bodies(redis, AnswerRefused) == []
    assert await DeadLetters(redis).list() == []


async def test_a_spoken_question_about_the_screen_is_answered_from_its_frame(
    redis: Redis, valkey_url: str, tmp_path: Path
) -> None:
    await provision_streams(redis)
    await Accounts(redis).make(TENANT)
    publisher = Publisher(redis)
    turn = a_turn("what does the error say", channel="voice", screen_at_ms=7_000)

    async with two_routers(valkey_url, tmp_path):
        await publisher.publish(enveloped(turn), enveloped(found()))
        await publisher.publish(enveloped(described(7_000, "Save", "Error 42: disk is full")))
        await read_by(redis, TurnTaken, "llm-router", timeout_s=20)
        await read_by(redis, FrameDescribed, "llm-router")

    (answer,) = await answers(redis)
    assert answer.data.text == "The screen says: Error 42: disk is full."
    assert answer.data.sources[0].screen_at_ms == 7_000
    assert answer.data.missing == ()


async def test_a_tenant_without_an_account_is_refused_in_words(
    redis: Redis, valkey_url: str, tmp_path: Path
) -> None:
    await provision_streams(redis)
    async with two_routers(valkey_url, tmp_path):
        await Publisher(redis).publish(enveloped(a_turn()), enveloped(found(PRICE)))
        await read_by(redis, TurnTaken, "llm-router", timeout_s=20)
    (refusal,) = await bodies(redis, AnswerRefused)
    assert refusal.data.reason == "budget"
    assert refusal.data.text


async def _count(redis: Redis, fact: type[UsageIncurred]) -> int:
    return len(await bodies(redis, fact))
