"""A full Redis refuses and writers wait: nothing is lost, and all goes on once there is room."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from cli.embedded.valkey import start_valkey
from contracts.conversation import AnswerRefused, TurnTaken
from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.streams import done_key, stream_of
from runtime.bus import Publisher, Reader, provision_streams
from runtime.redis_client import connect_redis
from runtime.telemetry import metrics
from support.bus import QUICK, a_turn, bodies, consuming, read_by
from support.eventually import eventually
from support.servers import private_data_dir

MAX_BYTES = 16_000_000
MEGABYTE = 1_000_000
REFUSED_TIMES = 20


async def fill(redis: Redis) -> None:
    """Until there is no room for a value of 1 MB, then for none at all."""
    with suppress(OutOfMemoryError):
        for number in range(2 * MAX_BYTES // MEGABYTE):
            await redis.set(f"ballast:{number}", b"x" * MEGABYTE)
    await redis.config_set("maxmemory", MAX_BYTES - 2 * MEGABYTE)  # pyright: ignore[reportUnknownMemberType] - untyped


async def make_room(redis: Redis) -> None:
    await redis.delete(*(f"ballast:{number}" for number in range(2 * MAX_BYTES // MEGABYTE)))


async def refusals(redis: Redis) -> int:
    """How often the server has refused to store."""
    errors: dict[str, Any] = await redis.info("errorstats")  # pyright: ignore[reportUnknownMemberType] - untyped
    return errors.get("errorstat_OOM", {"count": 0})["count"]


def ratio() -> float:
    return metrics.registry.get_sample_value("redis_memory_used_ratio") or 0


async def test_a_full_redis_refuses_writers_wait_and_nothing_is_lost() -> None:
    is_full, begun = asyncio.Event(), list[str]()

    async def on_turn(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        begun.append(event.data.text)
        await is_full.wait()
        turn = event.data.turn_id
        return [AnswerRefused(turn_id=turn, channel="chat", reason="internal", text="Sorry.")]

    async def refused_again(before: int) -> bool:
        return await refusals(redis) >= before + REFUSED_TIMES

    with private_data_dir() as data_dir:
        server = start_valkey(data_dir, durable=False, max_memory_bytes=MAX_BYTES)
        redis = connect_redis(server.url)
        await provision_streams(redis)
        turns = [a_turn(str(number)) for number in range(20)]
        reads: dict[type[Fact], Reader[TurnTaken]] = {TurnTaken: Reader(on_turn)}
        async with consuming(server.url, "llm-router", reads) as consumer:
            await Publisher(redis).publish(*turns[:10])
            await eventually(lambda: len(begun), equals=10)
            await fill(redis)
            before = await refusals(redis)
            is_full.set()
            # The deliveries in work ask to be committed again and again.
            await eventually(partial(refused_again, before))
            assert await bodies(redis, AnswerRefused) == []
            with pytest.raises(UnavailableError, match="raise its maxmemory") as refused:
                await Publisher(redis).publish(*turns[10:])
            assert refused.value.code == "redis_full"
            await eventually(lambda: ratio() > 0.99)
            assert any("maxmemory" in notice for notice in consumer.notices())

            await make_room(redis)
            await Publisher(redis).publish(*turns[10:])
            await read_by(redis, TurnTaken, "llm-router", timeout_s=20)
            await eventually(consumer.notices, equals=[])
        answers = await bodies(redis, AnswerRefused)
        assert sorted(str(one.cause_id) for one in answers) == sorted(str(one.id) for one in turns)
        await redis.aclose()
        server.stop()


async def test_a_done_mark_outlives_its_stream_and_not_by_more_than_it_must(
    redis: Redis, valkey_url: str
) -> None:
    async def nothing(_event: Envelope[Any]) -> Sequence[Fact]:
        return []

    await provision_streams(redis)
    turn = a_turn()
    async with consuming(valkey_url, "rag", {TurnTaken: Reader(nothing)}):
        await Publisher(redis).publish(turn)
        await read_by(redis, TurnTaken, "rag")
    kept_s: int = await redis.ttl(done_key("rag", str(turn.id), 0))
    retention_s = stream_of(TurnTaken).retention.total_seconds()
    assert retention_s < kept_s <= retention_s + QUICK.done_after.total_seconds()
