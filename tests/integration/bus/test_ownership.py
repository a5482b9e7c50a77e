"""Who owns a delivery: renewal, takeover, loss, drain."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from redis.asyncio import Redis

from contracts.conversation import AnswerRefused, TurnTaken
from contracts.errors import LostError
from contracts.fact import Envelope, Fact
from contracts.feed import Draft
from contracts.streams import stream_key
from runtime.bus import (
    BusSettings,
    Delivery,
    Publisher,
    Reader,
    provision_streams,
)
from runtime.clock import SystemClock
from support.bus import (
    QUICK,
    a_turn,
    bodies,
    consuming,
    pending_facts_of_router,
    read_by,
    worker_process,
)
from support.eventually import eventually

KEY = stream_key(TurnTaken.event_type, 0)
CLOCK = SystemClock()


def refusal(event: Envelope[TurnTaken]) -> AnswerRefused:
    return AnswerRefused(
        turn_id=event.data.turn_id, channel="chat", reason="internal", text="Sorry."
    )


async def answer(event: Envelope[TurnTaken]) -> Sequence[Fact]:
    return [refusal(event)]


async def test_work_of_a_killed_process_is_taken_over_within_ten_seconds(
    redis: Redis, valkey_url: str
) -> None:
    """With the settings of production: 2 s renewal, 8 s until ownerless."""
    await provision_streams(redis)
    turns = [a_turn(str(n)) for n in range(5)]
    noted: list[int | None] = []

    async def on_turn(event: Envelope[TurnTaken], delivery: Delivery) -> Sequence[Fact]:
        noted.append(delivery.noted_ms)
        return [refusal(event)]

    async with worker_process(valkey_url, "stuck") as process:
        await Publisher(redis).publish(*turns)
        assert process.stdout
        for _ in turns:
            await asyncio.wait_for(process.stdout.readline(), 20)
        async with consuming(
            valkey_url, "llm-router", {TurnTaken: Reader(long=on_turn)}, BusSettings()
        ):
            process.send_signal(signal.SIGKILL)
            await process.wait()
            killed_at = CLOCK.monotonic()
            await read_by(redis, TurnTaken, "llm-router", timeout_s=15)
            took_s = CLOCK.monotonic() - killed_at
    assert took_s <= 10
    assert noted == [1234] * len(turns)
    stated = await bodies(redis, AnswerRefused)
    assert sorted(str(one.cause_id) for one in stated) == sorted(str(one.id) for one in turns)


async def test_a_handler_may_run_longer_than_the_time_until_ownerless(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    runs: list[str] = []

    async def slow(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        runs.append("first")
        await CLOCK.sleep(3 * QUICK.ownerless_after_s)  # the time that passes is what is tested
        return [refusal(event)]

    async def other(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        runs.append("other")
        return [refusal(event)]

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(slow)}):
        await Publisher(redis).publish(a_turn())
        await eventually(lambda: runs)
        async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(other)}):
            await read_by(redis, TurnTaken, "llm-router")
    assert runs == ["first"]


async def test_who_lost_the_claim_is_cancelled_and_commits_nothing(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    cancelled = asyncio.Event()
    running = asyncio.Event()

    async def slow(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        running.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return [refusal(event)]

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(slow)}):
        await Publisher(redis).publish(a_turn())
        await running.wait()
        await stolen(redis)
        await asyncio.wait_for(cancelled.wait(), 5)
    assert await bodies(redis, AnswerRefused) == []
    assert await pending_facts_of_router(redis) == 1


async def stolen(redis: Redis) -> None:
    """Another consumer claims what is pending."""
    rows: list[Any] = await redis.xpending_range(KEY, "llm-router", "-", "+", 10)
    await redis.xclaim(KEY, "llm-router", "thief", 0, [row["message_id"] for row in rows])


async def test_a_late_commit_after_the_loss_writes_nothing(redis: Redis, valkey_url: str) -> None:
    await provision_streams(redis)
    outcome: list[str] = []

    async def late(event: Envelope[TurnTaken], delivery: Delivery) -> Sequence[Fact]:
        # The claim is lost between two renewals: only the script can see it.
        await stolen(redis)
        try:
            await delivery.state(refusal(event), noted_ms=1)
        except LostError:
            outcome.append("state refused")
        return [refusal(event)]

    settings = replace(QUICK, renew_every_s=30)
    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(long=late)}, settings):
        await Publisher(redis).publish(a_turn())
        await eventually(lambda: outcome)
    assert outcome == ["state refused"]
    assert await bodies(redis, AnswerRefused) == []
    assert await pending_facts_of_router(redis) == 1


async def test_a_long_handler_states_facts_and_feed_as_it_goes(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    turn = a_turn()
    go_on = asyncio.Event()

    async def on_turn(event: Envelope[TurnTaken], delivery: Delivery) -> Sequence[Fact]:
        draft = Draft(turn_id=event.data.turn_id, run=1, attempt=1, text="so far")
        await delivery.state(refusal(event), feed=[draft], noted_ms=500)
        await go_on.wait()
        return []

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(long=on_turn)}):
        await Publisher(redis).publish(turn)
        await eventually(lambda: bodies(redis, AnswerRefused))
        assert await redis.xlen(f"feed:{turn.session_id}:{{00}}") == 1
        assert await pending_facts_of_router(redis) == 1
        go_on.set()
        await read_by(redis, TurnTaken, "llm-router")


async def test_a_waiting_delivery_lets_others_run(redis: Redis, valkey_url: str) -> None:
    await provision_streams(redis)
    second_ran = asyncio.Event()

    async def on_turn(event: Envelope[TurnTaken], delivery: Delivery) -> Sequence[Fact]:
        if event.data.text == "waits":
            async with delivery.waiting():
                await second_ran.wait()
        else:
            second_ran.set()
        return [refusal(event)]

    reader = Reader(long=on_turn, in_flight=1)
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}):
        await Publisher(redis).publish(a_turn("waits"), a_turn("runs"))
        await read_by(redis, TurnTaken, "llm-router")
    assert len(await bodies(redis, AnswerRefused)) == 2


async def test_at_the_drain_running_handlers_finish_and_the_rest_is_free_at_once(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    started: list[str] = []

    async def on_turn(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        started.append(event.data.text)
        if event.data.text == "stuck":
            await asyncio.Event().wait()
        await eventually(lambda: consumer.problems() == ["the consumer is draining"])
        return [refusal(event)]

    reader = Reader(on_turn, in_flight=2)
    # Nobody would take over for half a minute, were the entries not given back.
    slow_to_take = replace(QUICK, ownerless_after_s=30.0, drain_s=1.0)
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}, slow_to_take) as consumer:
        await Publisher(redis).publish(a_turn("stuck"), a_turn("short"), a_turn(), a_turn())
        await eventually(lambda: len(started) == 2)
    assert started == ["stuck", "short"]
    assert len(await bodies(redis, AnswerRefused)) == 1
    assert await pending_facts_of_router(redis) == 3
    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(answer)}, slow_to_take):
        await read_by(redis, TurnTaken, "llm-router", timeout_s=5)
    stated = await bodies(redis, AnswerRefused)
    assert len(stated) == len({one.id for one in stated}) == 4


async def test_redelivery_makes_the_same_ids(redis: Redis, valkey_url: str) -> None:
    await provision_streams(redis)
    tried: list[Any] = []

    async def on_turn(event: Envelope[TurnTaken], delivery: Delivery) -> Sequence[Fact]:
        tried.append(delivery.id_of(refusal(event)))
        if len(tried) < 3:
            raise ZeroDivisionError
        return [refusal(event)]

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(long=on_turn)}):
        await Publisher(redis).publish(a_turn())
        await read_by(redis, TurnTaken, "llm-router")
    (stated,) = await bodies(redis, AnswerRefused)
    assert set(tried) == {stated.id}
