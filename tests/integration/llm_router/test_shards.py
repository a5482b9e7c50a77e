"""Four shards: each session keeps its order, its lane and its feed in a shard of its own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from contracts.conversation import AnswerCompleted, AnswerRefused, TurnTaken
from contracts.feed import Concluded
from contracts.ids import SessionId, TurnId
from contracts.knowledge import PassagesFound
from contracts.streams import feed_key, shard_of, stream_key
from llm_router.main import build
from llm_router.settings import LlmRouterSettings
from runtime.bus import DeadLetters, Publisher, provision_streams
from runtime.bus.envelopes import BODY, envelope_class
from runtime.bus.group_figures import measure_group
from runtime.clock import SystemClock
from runtime.feed import FeedReader
from spending import Accounts
from support.eventually import eventually
from support.router.turns import TENANT, a_passage, a_turn, enveloped, found, name
from support.servers import as_service

SHARDS = 4
SESSIONS = [SessionId(name(f"session {number}")) for number in range(16)]
PRICE = a_passage("The Team plan costs 29 USD per month.")


@asynccontextmanager
async def two_routers(url: str, tmp_path: Path) -> AsyncGenerator[FeedReader]:
    """Two processes' worth of router, and a reader of session feeds."""
    settings = LlmRouterSettings.model_validate(
        {
            "redis_url": as_service(url, "llm-router"),
            "files_dir": tmp_path,
            "drain_s": 10,
            "stream_shards": SHARDS,
        }
    )
    stop, feeds = asyncio.Event(), FeedReader(url, shards=SHARDS)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(feeds.run())
        for _ in range(2):
            tasks.create_task(build(settings, SystemClock()).run(stop))
        try:
            yield feeds
        finally:
            stop.set()
            reading.cancel()


async def ends(feeds: FeedReader, session_id: SessionId, count: int) -> list[TurnId]:
    """The turns that a session's feed says are concluded, in its order."""
    concluded: list[TurnId] = []
    async with asyncio.timeout(30), aclosing(feeds.follow(session_id)) as items:
        async for item in items:
            if isinstance(item.entry, Concluded):
                concluded.append(item.entry.turn_id)
                if len(concluded) == count:
                    break
    return concluded


async def answers(redis: Redis, shard: int) -> list[Any]:
    rows: Any = await redis.xrange(stream_key(AnswerCompleted.event_type, shard))
    return [envelope_class(AnswerCompleted).model_validate_json(row[BODY]) for _, row in rows]


@pytest.mark.timeout(60)
async def test_each_session_is_answered_in_order_in_the_shard_that_is_its_own(
    redis: Redis, valkey_url: str, tmp_path: Path
) -> None:
    assert {shard_of(str(session), SHARDS) for session in SESSIONS} == set(range(SHARDS))
    await provision_streams(redis, shards=SHARDS)
    await Accounts(redis).make(TENANT)
    publisher = Publisher(redis, shards=SHARDS)
    asked = {session: [f"{session} {number}" for number in range(3)] for session in SESSIONS}

    async with two_routers(valkey_url, tmp_path) as feeds:
        async with asyncio.TaskGroup() as tasks:
            heard = {
                session: tasks.create_task(ends(feeds, session, len(turns)))
                for session, turns in asked.items()
            }
            for session, turns in asked.items():
                for turn in turns:
                    await publisher.publish(
                        enveloped(a_turn(turn=turn), session=session),
                        enveloped(found(PRICE, turn=turn), session=session),
                    )
        for session, turns in asked.items():
            assert heard[session].result() == [TurnId(name(turn)) for turn in turns]

        async def unread() -> int:
            keys = [
                stream_key(fact.event_type, shard)
                for fact in (TurnTaken, PassagesFound)
                for shard in range(SHARDS)
            ]
            figures = [await measure_group(redis, key, "llm-router") for key in keys]
            return sum(one.lag + one.pending for one in figures)

        await eventually(unread, equals=0, timeout_s=10)

    for shard in range(SHARDS):
        here = [session for session in SESSIONS if shard_of(str(session), SHARDS) == shard]
        stated = await answers(redis, shard)
        assert {one.session_id for one in stated} == set(here)
        for session in here:
            told = [one.data.turn_id for one in stated if one.session_id == session]
            assert told == [TurnId(name(turn)) for turn in asked[session]]
            assert await redis.exists(feed_key(str(session), shard))
        refusals = await redis.xlen(stream_key(AnswerRefused.event_type, shard))
        assert refusals == 0
    assert await DeadLetters(redis, shards=SHARDS).list() == []
