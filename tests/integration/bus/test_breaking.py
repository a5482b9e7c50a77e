"""A reader for which nearly everything fails stops, and goes on by itself when it works again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from runtime.bus import Publisher, Reader, provision_streams
from support.bus import QUICK, a_turn, consuming, read_by
from support.eventually import eventually

SETTINGS = replace(QUICK, probe_after_s=0.2, probe_at_most_s=1.0, in_flight=8)


@pytest.mark.timeout(60)
async def test_what_broke_for_everybody_is_stopped_then_tried_and_taken_up_again(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    broken, handled = True, 0

    async def on_turn_taken(_: Envelope[TurnTaken]) -> Sequence[Fact]:
        nonlocal handled
        if broken:
            raise RejectedError("nothing works today", code="broken")
        handled += 1
        return []

    reads: dict[type[Fact], Reader[TurnTaken]] = {TurnTaken: Reader(on_turn_taken)}
    publisher = Publisher(redis)
    async with consuming(valkey_url, "llm-router", reads, SETTINGS) as consumer:
        for number in range(60):
            await publisher.publish(a_turn(tenant=f"t{number % 3}"))
        problems = await eventually(consumer.problems, timeout_s=20)
        assert "tried again" in problems[0]
        broken = False
        for _ in range(30):
            await publisher.publish(a_turn())
        await eventually(lambda: consumer.problems() == [], timeout_s=20)
        await read_by(redis, TurnTaken, "llm-router", timeout_s=20)
    assert handled >= 30
