"""Dead letters: sent again to whom they belong, corrected, dropped."""

from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.streams import stream_key
from runtime.bus import (
    DeadLetters,
    Publisher,
    Reader,
    provision_streams,
)
from runtime.bus.envelopes import BODY, to_body
from support.bus import (
    a_turn,
    consuming,
    read_by,
)
from support.eventually import eventually


async def test_a_redriven_letter_reaches_only_the_group_that_gave_it_up(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    works = False
    seen: list[str] = []

    async def in_router(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
        if not works:
            raise RejectedError("not yet")
        seen.append("llm-router")
        return []

    async def in_rag(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
        seen.append("rag")
        return []

    letters = DeadLetters(redis)
    async with (
        consuming(valkey_url, "llm-router", {TurnTaken: Reader(in_router)}),
        consuming(valkey_url, "rag", {TurnTaken: Reader(in_rag)}),
    ):
        await Publisher(redis).publish(a_turn())
        (letter,) = await eventually(letters.list)
        works = True
        await letters.redrive(letter.id)
        await eventually(lambda: sorted(seen), equals=["llm-router", "rag"])
        await read_by(redis, TurnTaken, "rag")
    assert await letters.count() == 0
    assert sorted(seen) == ["llm-router", "rag"]


async def test_two_groups_letters_of_one_fact_are_redriven_one_by_one(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    works = False
    seen: list[str] = []

    def reader(group: str) -> Reader[TurnTaken]:
        async def on_turn(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
            if not works:
                raise RejectedError("not yet")
            seen.append(group)
            return []

        return Reader(on_turn)

    letters = DeadLetters(redis)
    async with (
        consuming(valkey_url, "llm-router", {TurnTaken: reader("llm-router")}),
        consuming(valkey_url, "rag", {TurnTaken: reader("rag")}),
    ):
        await Publisher(redis).publish(a_turn())
        await eventually(letters.count, equals=2)
        works = True
        for letter in await letters.list():
            await letters.redrive(letter.id)
            await read_by(redis, TurnTaken, "llm-router")
            await read_by(redis, TurnTaken, "rag")
    assert sorted(seen) == ["llm-router", "rag"]


async def test_a_letter_can_be_corrected_and_sent_again(redis: Redis, valkey_url: str) -> None:
    await provision_streams(redis)
    letters, good = DeadLetters(redis), a_turn("corrected")
    seen: list[str] = []

    async def on_turn(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        seen.append(event.data.text)
        return []

    await redis.xadd(stream_key(TurnTaken.event_type, 0), {BODY: b"{}"})
    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn)}):
        (broken,) = await eventually(letters.list)
        with pytest.raises(RejectedError):
            await letters.redrive(broken.id)
        with pytest.raises(RejectedError):
            await letters.edit(broken.id, b"{}")
        edited = await letters.edit(broken.id, to_body(good))
        assert (edited.event_id, edited.tenant_id) == (str(good.id), "acme")
        await letters.redrive(edited.id)
        await eventually(lambda: seen, equals=["corrected"])
    assert await letters.count() == 0


async def test_a_letter_can_be_dropped(redis: Redis, valkey_url: str) -> None:
    await provision_streams(redis)
    letters = DeadLetters(redis)
    await redis.xadd(stream_key(TurnTaken.event_type, 0), {BODY: b"{}"})

    async def on_turn(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
        return []

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn)}):
        (letter,) = await eventually(letters.list)
    assert await letters.drop(letter.id)
    assert not await letters.drop(letter.id)
    assert await letters.show(letter.id) is None
