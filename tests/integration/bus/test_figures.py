"""What is told about the streams: figures, facts as they pass."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.fact import Envelope, Fact
from contracts.streams import stream_key
from runtime.bus import (
    Publisher,
    Reader,
    group_figures,
    pending_facts,
    provision_streams,
    tail_facts,
)
from support.bus import a_turn, consuming, read_by
from support.eventually import eventually


async def test_provisioning_twice_changes_nothing(redis: Redis) -> None:
    made = await provision_streams(redis)
    await Publisher(redis).publish(a_turn())
    assert made > 0
    assert await provision_streams(redis) == 0
    assert await pending_facts(redis) == 3  # gateway, rag and llm-router read turns


async def test_where_the_server_cannot_tell_the_lag_nothing_counts_as_done(redis: Redis) -> None:
    await provision_streams(redis)
    _, middle, _ = await Publisher(redis).publish(*[a_turn() for _ in range(3)])
    key = stream_key(TurnTaken.event_type, 0)
    await redis.xdel(key, middle)
    untyped: Any = redis
    assert [row["lag"] for row in await untyped.xinfo_groups(key)] == [None] * 3
    assert await pending_facts(redis) == 3 * 2


async def test_figures_tell_what_is_unread_and_what_is_in_work(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    go_on, running = asyncio.Event(), asyncio.Event()

    async def on_turn(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
        running.set()
        await go_on.wait()
        return []

    reader = Reader(on_turn, in_flight=1)
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}):
        await Publisher(redis).publish(*[a_turn() for _ in range(3)])
        await running.wait()
        rows = {
            row.group: row
            for row in await group_figures(redis)
            if row.event_type == TurnTaken.event_type
        }
        assert (rows["llm-router"].lag, rows["llm-router"].pending) == (2, 1)
        assert (rows["rag"].lag, rows["rag"].pending) == (3, 0)
        assert rows["rag"].oldest_ms is not None
        go_on.set()
        await read_by(redis, TurnTaken, "llm-router")


async def test_facts_are_seen_as_they_pass(redis: Redis) -> None:
    await provision_streams(redis)
    await Publisher(redis).publish(a_turn("before"))
    coming = a_turn("now")
    async with aclosing(tail_facts(redis, [TurnTaken.event_type])) as facts:
        first = asyncio.ensure_future(anext(facts))
        await eventually(lambda: blocked_readers(redis))
        await Publisher(redis).publish(coming)
        body = await asyncio.wait_for(first, 5)
    assert Envelope[TurnTaken].model_validate_json(body) == coming


async def blocked_readers(redis: Redis) -> int:
    client: Any = redis
    return (await client.info("clients"))["blocked_clients"]
