"""How a delivery ends: committed, rejected, tried again, given up."""

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis

from contracts.conversation import AnswerRefused, TurnTaken
from contracts.fact import Envelope, Fact
from runtime.bus import Publisher, Reader, pending_facts, provision_streams
from support.bus import a_turn, bodies, consuming
from support.eventually import eventually


def refused(event: Envelope[TurnTaken]) -> AnswerRefused:
    return AnswerRefused.model_construct(turn_id=event.data.turn_id, reason="internal")


async def test_a_returned_fact_is_stated_and_nothing_stays_pending(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    seen: list[str] = []

    async def on_turn_taken(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        seen.append(event.data.text)
        return []

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn_taken)}):
        await Publisher(redis).publish(a_turn("one"), a_turn("two"))
        await eventually(lambda: sorted(seen), equals=["one", "two"])
