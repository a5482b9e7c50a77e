"""How a delivery ends: committed, rejected, tried again, given up."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from contracts.conversation import AnswerRefused, TurnTaken
from contracts.errors import RejectedError, UnavailableError
from contracts.fact import Envelope, Fact
from contracts.media import FrameKept
from contracts.streams import stream_key
from runtime.bus import (
    DeadLetters,
    GivenUp,
    Publisher,
    Reader,
    pending_facts,
    provision_streams,
)
from runtime.bus.envelopes import BODY, following_id
from support.bus import (
    QUICK,
    a_frame,
    a_turn,
    bodies,
    consuming,
    entry_of_age,
    read_by,
)
from support.eventually import eventually


def refusal(event: Envelope[TurnTaken]) -> AnswerRefused:
    return AnswerRefused(
        turn_id=event.data.turn_id, channel="chat", reason="internal", text="Sorry."
    )


async def test_what_follows_is_stated_with_the_acknowledgement(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    turn = a_turn()

    async def on_turn_taken(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        return [refusal(event)]

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn_taken)}):
        await Publisher(redis).publish(turn)
        await read_by(redis, TurnTaken, "llm-router")
    (stated,) = await bodies(redis, AnswerRefused)
    assert stated.id == following_id(turn, refusal(turn), service="llm-router")
    assert (stated.tenant_id, stated.session_id, stated.turn_id, stated.cause_id) == (
        turn.tenant_id,
        turn.session_id,
        turn.data.turn_id,
        turn.id,
    )


async def test_a_fact_published_twice_has_one_effect(redis: Redis, valkey_url: str) -> None:
    await provision_streams(redis)
    turn = a_turn()

    async def on_turn_taken(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        return [refusal(event)]

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn_taken)}):
        await Publisher(redis).publish(turn, turn)
        await read_by(redis, TurnTaken, "llm-router")
        await Publisher(redis).publish(turn)
        await read_by(redis, TurnTaken, "llm-router")
    assert len(await bodies(redis, AnswerRefused)) == 1


async def test_a_rejected_fact_is_a_dead_letter_at_once_with_the_readers_last_word(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    runs = 0

    async def on_turn_taken(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
        nonlocal runs
        runs += 1
        raise RejectedError("this can never be answered", code="no_such_thing")

    async def on_given_up(event: Envelope[TurnTaken], reason: GivenUp) -> Sequence[Fact]:
        assert reason is GivenUp.REJECTED
        return [refusal(event)]

    reader = Reader(on_turn_taken, on_given_up=on_given_up)
    turn = a_turn()
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}):
        await Publisher(redis).publish(turn)
        await read_by(redis, TurnTaken, "llm-router")
    (letter,) = await DeadLetters(redis).list()
    assert (letter.reason, letter.detail, letter.group) == (
        "rejected",
        "no_such_thing",
        "llm-router",
    )
    assert letter.event_id == str(turn.id)
    assert Envelope[TurnTaken].model_validate_json(letter.body) == turn
    assert len(await bodies(redis, AnswerRefused)) == 1
    assert runs == 1


async def test_a_bug_is_redelivered_then_given_up_with_the_readers_last_word(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    runs = 0

    async def on_turn_taken(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
        nonlocal runs
        runs += 1
        raise ZeroDivisionError

    async def on_given_up(event: Envelope[TurnTaken], _reason: GivenUp) -> Sequence[Fact]:
        return [refusal(event)]

    reader = Reader(on_turn_taken, on_given_up=on_given_up, max_deliveries=3)
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}):
        await Publisher(redis).publish(a_turn())
        await read_by(redis, TurnTaken, "llm-router")
    (letter,) = await DeadLetters(redis).list()
    assert (letter.reason, letter.detail, letter.deliveries) == (
        "max_deliveries",
        "ZeroDivisionError",
        3,
    )
    assert runs == 3
    assert len(await bodies(redis, AnswerRefused)) == 1


async def test_an_outside_failure_is_tried_again_by_the_same_worker(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    runs = 0

    async def on_turn_taken(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        nonlocal runs
        runs += 1
        if runs < 4:
            raise UnavailableError("the provider did not answer")
        return [refusal(event)]

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn_taken)}):
        await Publisher(redis).publish(a_turn())
        await read_by(redis, TurnTaken, "llm-router")
    assert len(await bodies(redis, AnswerRefused)) == 1
    assert await DeadLetters(redis).count() == 0
    assert runs == 4


async def test_an_outside_failure_past_the_deadline_is_given_up(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)

    async def on_turn_taken(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
        raise UnavailableError("the provider did not answer", code="provider_down")

    async def on_given_up(event: Envelope[TurnTaken], _reason: GivenUp) -> Sequence[Fact]:
        return [refusal(event)]

    reader = Reader(on_turn_taken, on_given_up=on_given_up)
    turn = a_turn()
    # llm-router's deadline for a turn is 60 s from the entry's time: this one is 59.8 s old.
    await entry_of_age(redis, turn, age_s=59.8)
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}):
        await read_by(redis, TurnTaken, "llm-router")
    (letter,) = await DeadLetters(redis).list()
    assert (letter.reason, letter.detail) == ("deadline", "provider_down")
    assert len(await bodies(redis, AnswerRefused)) == 1


async def test_a_body_that_does_not_parse_is_a_dead_letter_and_its_neighbours_are_handled(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    seen: list[str] = []

    async def on_turn_taken(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        seen.append(event.data.text)
        return []

    key = stream_key(TurnTaken.event_type, 0)
    await Publisher(redis).publish(a_turn("before"))
    await redis.xadd(key, {BODY: b"\xff\xd8 no JSON"})
    await redis.xadd(key, {b"something": b"else"})
    await Publisher(redis).publish(a_turn("after"))
    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn_taken)}):
        await read_by(redis, TurnTaken, "llm-router")
    assert sorted(seen) == ["after", "before"]
    letters = await DeadLetters(redis).list()
    assert [(one.reason, one.body, one.event_id) for one in letters] == [
        ("unparsable", b"\xff\xd8 no JSON", None),
        ("unparsable", b"", None),
    ]


async def test_a_leaked_cancellation_is_a_bug_and_kills_nothing(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    seen: list[str] = []

    async def on_turn_taken(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        if event.data.text == "leaky":
            raise asyncio.CancelledError
        seen.append(event.data.text)
        return []

    reader = Reader(on_turn_taken, max_deliveries=2)
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}) as consumer:
        await Publisher(redis).publish(a_turn("leaky"))
        await read_by(redis, TurnTaken, "llm-router")
        await Publisher(redis).publish(a_turn("fine"))
        await read_by(redis, TurnTaken, "llm-router")
        assert consumer.problems() == []
    assert seen == ["fine"]
    (letter,) = await DeadLetters(redis).list()
    assert letter.detail == "CancelledError"


async def test_when_all_fails_for_several_tenants_reading_stops_and_says_so(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)

    async def on_turn_taken(_event: Envelope[TurnTaken]) -> Sequence[Fact]:
        raise RejectedError("all is lost")

    publisher = Publisher(redis)
    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn_taken)}) as consumer:
        await publisher.publish(*[a_turn(tenant=f"t{n % 2}") for n in range(24)])
        (problem,) = await eventually(consumer.problems)
        assert "reading it has stopped" in problem
        before = await DeadLetters(redis).count()
        await publisher.publish(*[a_turn(tenant="t3") for _ in range(40)])
        await eventually(lambda: pending_facts(redis))
    assert await DeadLetters(redis).count() == before


async def test_expired_facts_are_passed_over_when_the_reader_says_so(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    handled: list[Any] = []
    shed: list[Any] = []

    async def on_frame(event: Envelope[Any]) -> Sequence[Fact]:
        handled.append(event.id)
        return []

    async def on_expired(event: Envelope[Any]) -> Sequence[Fact] | None:
        if event.tenant_id == "named":
            return None
        shed.append(event.id)
        return []

    stale, named = a_frame("stale"), a_frame("named")
    for one in (stale, named):
        await entry_of_age(redis, one, age_s=20)
    fresh = a_frame("fresh")
    await Publisher(redis).publish(fresh)
    reads: dict[type[Fact], Reader[Any]] = {
        FrameKept: Reader(on_frame, on_expired=on_expired, newest_first=True)
    }
    async with consuming(valkey_url, "vision-worker", reads, replace(QUICK, in_flight=1)):
        await read_by(redis, FrameKept, "vision-worker")
    assert set(handled) == {fresh.id, named.id}
    assert shed == [stale.id]


async def test_a_server_without_memory_is_waited_for(redis: Redis, valkey_url: str) -> None:
    """The commit is refused for a while; that is no bug of the handler."""
    await provision_streams(redis)
    runs = 0
    full = asyncio.Event()

    async def on_turn(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        nonlocal runs
        runs += 1
        await limit_memory(redis, 1)
        full.set()
        return [refusal(event)]

    try:
        async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(on_turn)}):
            await Publisher(redis).publish(a_turn())
            await full.wait()
            with pytest.raises(UnavailableError) as caught:
                await Publisher(redis).publish(a_turn())
            assert caught.value.code == "redis_full"
            await limit_memory(redis, 0)
            await read_by(redis, TurnTaken, "llm-router")
    finally:
        await limit_memory(redis, 0)
    assert runs == 1
    assert len(await bodies(redis, AnswerRefused)) == 1


async def limit_memory(redis: Redis, limit_bytes: int) -> None:
    """0: no limit."""
    client: Any = redis
    await client.config_set("maxmemory", limit_bytes)
