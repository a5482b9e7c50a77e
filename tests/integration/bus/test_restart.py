"""Redis goes away in the middle and comes back: nothing is lost, nothing done twice."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from cli.embedded.valkey import start_valkey
from contracts.conversation import AnswerRefused, TurnTaken
from contracts.fact import Envelope, Fact
from runtime.bus import Publisher, Reader, provision_streams
from runtime.redis_client import connect_redis
from support.bus import QUICK, a_turn, bodies, consuming, read_by
from support.eventually import eventually
from support.servers import private_data_dir


async def test_a_killed_redis_that_comes_back_loses_no_fact_and_repeats_no_effect() -> None:
    with private_data_dir() as data_dir:
        server = start_valkey(data_dir)
        redis = connect_redis(server.url)
        await provision_streams(redis)
        turns = [a_turn(str(n)) for n in range(60)]
        began = 0
        gone = asyncio.Event()

        async def on_turn(event: Envelope[TurnTaken]) -> Sequence[Fact]:
            nonlocal began
            began += 1
            if began > 4:  # the first are done before, these are in work when Redis goes away
                await gone.wait()
            return [
                AnswerRefused(
                    turn_id=event.data.turn_id, channel="chat", reason="internal", text="Sorry."
                )
            ]

        # Long enough ownership that a slow restart is no takeover by the same process.
        settings = replace(QUICK, in_flight=4, ownerless_after_s=5.0, drain_s=10.0)
        reads: dict[type[Fact], Reader[TurnTaken]] = {TurnTaken: Reader(on_turn)}
        async with consuming(server.url, "llm-router", reads, settings) as consumer:
            await Publisher(redis).publish(*turns[:30])
            await eventually(lambda: began == 8)
            await settled_on_disk(redis)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            gone.set()
            server = start_valkey(data_dir, port=port_of(server.url))
            await Publisher(redis).publish(*turns[30:])
            await read_by(redis, TurnTaken, "llm-router", timeout_s=30)
            assert consumer.problems() == []
        stated = await bodies(redis, AnswerRefused)
        assert {one.cause_id for one in stated} == {one.id for one in turns}
        assert len({one.id for one in stated}) == len(turns)
        await redis.aclose()
        server.stop()


async def settled_on_disk(redis: Redis) -> None:
    """What was acknowledged to the publisher is on disk: this test kills the server only once."""
    client: Any = redis
    await client.execute_command("WAITAOF", 1, 0, 5_000)


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1].split("/", maxsplit=1)[0])
