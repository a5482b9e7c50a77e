"""Trimming: what is old and done goes, what anybody needs stays."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.fact import Envelope, Fact
from contracts.media import FrameKept
from contracts.sessions import SessionClosed
from contracts.streams import stream_key, stream_of
from runtime.bus import GroupFigures, Publisher, Reader, group_figures, provision_streams
from runtime.bus.maintenance import trim_stream
from runtime.telemetry import metrics
from support.bus import a_frame, a_turn, consuming, entry_of_age, enveloped, read_by
from support.eventually import eventually

KEY = stream_key(TurnTaken.event_type, 0)
OLD_S = timedelta(days=2).total_seconds()


async def nothing(_event: Envelope[Any]) -> Sequence[Fact]:
    return []


async def test_trimming_never_takes_what_a_group_has_not_read_or_not_finished(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    for age in range(10, 0, -1):
        await entry_of_age(redis, a_turn("stuck" if age == 6 else "old"), age_s=OLD_S + age)
    await Publisher(redis).publish(a_turn("fresh"))
    row = stream_of(TurnTaken)
    async with (
        consuming(valkey_url, "gateway", {TurnTaken: Reader(nothing)}),
        consuming(valkey_url, "rag", {TurnTaken: Reader(nothing)}),
    ):
        await read_by(redis, TurnTaken, "gateway")
        await read_by(redis, TurnTaken, "rag")
        # llm-router has read nothing yet.
        assert await trim_stream(redis, row, 0) == 0

        held = asyncio.Event()

        async def all_but_one(event: Envelope[TurnTaken]) -> Sequence[Fact]:
            if event.data.text == "stuck":
                await held.wait()
            return []

        async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(all_but_one)}):
            await eventually(lambda: unfinished(redis), equals=1)
            # The four before the stuck one are done by all, old, and not needed.
            await trim_stream(redis, row, 0)
            assert await redis.xlen(KEY) == 7
            held.set()
            await read_by(redis, TurnTaken, "llm-router")
        await trim_stream(redis, row, 0)
    assert await redis.xlen(KEY) == 1  # the fresh one, for replay
    assert [(one.lag, one.pending) for one in await figures(redis)] == [(0, 0)] * 3


async def figures(redis: Redis) -> list[GroupFigures]:
    return [row for row in await group_figures(redis) if row.event_type == TurnTaken.event_type]


async def unfinished(redis: Redis) -> int:
    """What llm-router has before it."""
    return sum(row.lag + row.pending for row in await figures(redis) if row.group == "llm-router")


def passed_over() -> float:
    labels = {"event_type": FrameKept.event_type, "group": "vision-worker"}
    return metrics.registry.get_sample_value("expired_total", labels) or 0.0


async def test_a_stream_without_readers_keeps_its_retention(redis: Redis) -> None:
    await provision_streams(redis)
    await entry_of_age(redis, enveloped(SessionClosed(reason="idle")), age_s=OLD_S)
    await Publisher(redis).publish(enveloped(SessionClosed(reason="closed")))
    assert await trim_stream(redis, stream_of(SessionClosed), 0) == 1
    assert await redis.xlen(stream_key(SessionClosed.event_type, 0)) == 1


async def test_facts_that_expire_are_not_kept_for_a_group_that_stands_still(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    await entry_of_age(redis, a_frame(), age_s=3600)
    async with consuming(valkey_url, "gateway", {FrameKept: Reader(nothing)}):
        await read_by(redis, FrameKept, "gateway")
    # The vision worker never read it; its group has an expiry, so it is passed over and counted.
    before = passed_over()
    assert await trim_stream(redis, stream_of(FrameKept), 0) == 1
    assert passed_over() == before + 1
    assert await trim_stream(redis, stream_of(FrameKept), 0) == 0
    assert passed_over() == before + 1
