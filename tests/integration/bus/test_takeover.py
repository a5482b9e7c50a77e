"""Entries without an owner go before what nobody has begun, however much of that there is."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.fact import Envelope, Fact
from contracts.ids import EventId
from contracts.media import FrameKept
from contracts.streams import ServiceName
from contracts.usage import UsageIncurred
from runtime.bus import Caused, Delivery, Publisher, Reader, provision_streams
from runtime.clock import SystemClock
from support.bus import QUICK, a_frame, a_turn, a_usage, consuming, read_by
from support.eventually import eventually

# Nothing loses its owner by the passing of time: the test says when.
SETTINGS = replace(QUICK, ownerless_after_s=600.0)
LONG_AGO_MS = 700_000
FRESH = 40


class Gate:
    """A handler that notes what it is given, and returns when it is let through."""

    def __init__(self) -> None:
        self.came: list[EventId] = []
        self._let = asyncio.Semaphore(0)

    async def one(self, event: Envelope[Any]) -> Sequence[Fact]:
        self.came.append(event.id)
        await self._let.acquire()
        return []

    async def batch(self, events: Sequence[Envelope[Any]]) -> Sequence[Caused]:
        self.came += [event.id for event in events]
        await self._let.acquire()
        return []

    async def let_one_through(self) -> None:
        """Until something else came for it."""
        before = len(self.came)
        self._let.release()
        await eventually(lambda: len(self.came) > before)

    def open(self) -> None:
        for _ in range(2 * FRESH):
            self._let.release()


class DeadProcess:
    """Read entries of a group, and renews none of them."""

    def __init__(self, redis: Redis, fact: type[Fact], group: ServiceName) -> None:
        self._redis = redis
        self._key = f"facts:{fact.event_type}:{{00}}"
        self._group = group
        self._ids: list[Any] = []

    async def read(self, *facts: Envelope[Any]) -> None:
        await Publisher(self._redis).publish(*facts)
        rows: Any = await self._redis.xreadgroup(
            self._group, "dead", {self._key: ">"}, count=len(facts)
        )
        self._ids = [entry_id for entry_id, _ in rows[0][1]]

    async def lose(self) -> None:
        """From now on its entries have no owner; returns when a look for such is due."""
        await self._redis.xclaim(
            self._key, self._group, "dead", 0, self._ids, idle=LONG_AGO_MS, justid=True
        )
        await SystemClock().sleep(3 * SETTINGS.reclaim_every_s)


@pytest.mark.parametrize("in_flight", [1, 4])
async def test_each_slot_that_comes_free_goes_to_the_oldest_entry_without_an_owner(
    redis: Redis, valkey_url: str, in_flight: int
) -> None:
    await provision_streams(redis)
    lost = [a_turn(f"lost {n}") for n in range(6)]
    dead = DeadProcess(redis, TurnTaken, "llm-router")
    await dead.read(*lost)
    await Publisher(redis).publish(*(a_turn(f"fresh {n}") for n in range(FRESH)))
    gate = Gate()
    reader = Reader(gate.one, in_flight=in_flight)
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}, SETTINGS):
        await eventually(lambda: len(gate.came) == in_flight)
        await dead.lose()
        for _ in lost:
            await gate.let_one_through()
        assert gate.came[in_flight:] == [one.id for one in lost]
        gate.open()
        await read_by(redis, TurnTaken, "llm-router")
    assert len(gate.came) == len(set(gate.came)) == FRESH + len(lost)


async def test_the_newest_first_does_not_leave_the_ownerless_for_last(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    lost = [a_frame() for _ in range(3)]
    dead = DeadProcess(redis, FrameKept, "vision-worker")
    await dead.read(*lost)
    await Publisher(redis).publish(*(a_frame() for _ in range(FRESH)))
    gate = Gate()
    reader = Reader(gate.one, in_flight=1, newest_first=True)
    async with consuming(valkey_url, "vision-worker", {FrameKept: reader}, SETTINGS):
        await eventually(lambda: len(gate.came) == 1)
        await dead.lose()
        for _ in lost:
            await gate.let_one_through()
        assert gate.came[1:] == [one.id for one in lost]
        gate.open()


async def test_batches_of_ownerless_entries_go_first_and_are_no_larger_than_any(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    lost = [a_usage() for _ in range(5)]
    dead = DeadProcess(redis, UsageIncurred, "metering")
    await dead.read(*lost)
    await Publisher(redis).publish(*(a_usage() for _ in range(FRESH)))
    gate = Gate()
    reader = Reader(batch=gate.batch, batch_size=2)
    async with consuming(valkey_url, "metering", {UsageIncurred: reader}, SETTINGS):
        await eventually(lambda: len(gate.came) == 2)
        await dead.lose()
        for came in (4, 6, 7):
            await gate.let_one_through()
            assert len(gate.came) == came
        assert gate.came[2:] == [one.id for one in lost]
        gate.open()
        await read_by(redis, UsageIncurred, "metering")


async def test_what_is_past_its_end_is_ended_though_every_slot_is_taken(
    redis: Redis, valkey_url: str
) -> None:
    """Ownerless, read and waiting here, and read by nobody: none of them waits for a slot."""
    await provision_streams(redis)
    lost = [a_turn(f"lost {n}") for n in range(3)]
    dead = DeadProcess(redis, TurnTaken, "llm-router")
    await dead.read(*lost)
    gate = Gate()
    stuck = [a_turn("stuck") for _ in range(4)]
    late = [a_turn(f"late {n}") for n in range(FRESH)]
    patient = a_turn("patient")

    async def on_turn(event: Envelope[TurnTaken], delivery: Delivery) -> Sequence[Fact]:
        if SystemClock().now() < delivery.entered_at + ends_after(event):
            return await gate.one(event)
        gate.came.append(event.id)
        return []

    def ends_after(event: Envelope[TurnTaken]) -> timedelta:
        return timedelta(seconds=600 if event.data.text in ("stuck", "patient") else 0.5)

    reader = Reader(long=on_turn, in_flight=4, ends_after=ends_after)
    async with consuming(valkey_url, "llm-router", {TurnTaken: reader}):
        await Publisher(redis).publish(*stuck)
        await eventually(lambda: len(gate.came) == len(stuck))
        await Publisher(redis).publish(patient, *late)
        ended = {one.id for one in (*lost, *late)}
        await eventually(lambda: ended <= set(gate.came), timeout_s=20)
        assert patient.id not in gate.came
        gate.open()
        await read_by(redis, TurnTaken, "llm-router")
    assert len(gate.came) == len(set(gate.came)) == len(ended) + len(stuck) + 1


async def test_who_is_busy_takes_nothing_that_another_could_begin(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    lost = [a_turn(f"lost {n}") for n in range(3)]
    dead = DeadProcess(redis, TurnTaken, "llm-router")
    await dead.read(*lost)
    await Publisher(redis).publish(a_turn("keeps the first one busy"))
    busy, free = Gate(), Gate()
    async with consuming(
        valkey_url, "llm-router", {TurnTaken: Reader(busy.one, in_flight=1)}, SETTINGS
    ):
        await eventually(lambda: len(busy.came) == 1)
        await dead.lose()
        free.open()
        async with consuming(
            valkey_url, "llm-router", {TurnTaken: Reader(free.one, in_flight=1)}, SETTINGS
        ):
            await eventually(lambda: len(free.came) == len(lost))
        busy.open()
    assert free.came == [one.id for one in lost]
    assert len(busy.came) == 1
