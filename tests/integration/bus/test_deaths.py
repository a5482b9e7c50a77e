"""Whom a death is blamed on: what kills its process is given up, what was merely there is not."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from contracts.conversation import AnswerRefused, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.vision import FrameDescribed
from runtime.bus import DeadLetters, Publisher, Reader, provision_streams
from runtime.bus.claims.claim import Claim
from runtime.bus.claims.steps import Attempt, ClaimSteps
from runtime.bus.reading.subscription import Shard, Subscription
from runtime.bus.scripts.pipeline import ScriptPipeline
from runtime.cancellation import cancel_and_wait
from runtime.clock import SystemClock
from support.bus import (
    QUICK,
    a_frame_description,
    a_turn,
    bodies,
    consuming,
    pending_facts_of_router,
    read_by,
    worker_process,
)

CLOCK = SystemClock()
MAX_DEATHS = 3
PATIENCE_S = 200
"""Many processes are started one after the other, on a machine that may be busy."""
many_processes = pytest.mark.timeout(PATIENCE_S + 20)


async def nothing(_event: Envelope[Any]) -> Sequence[Fact]:
    return []


class Owners:
    """One entry that goes from owner to owner, each of which dies with it in its hands."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pipeline = ScriptPipeline(redis)
        reader = Reader(nothing)
        subscription = Subscription.of(TurnTaken, reader, "llm-router", QUICK)
        self.shard = Shard(subscription, 0)
        self._count = 0
        self._entry: tuple[str, dict[bytes, bytes]] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        serving = asyncio.ensure_future(self._pipeline.serve())
        try:
            yield
        finally:
            await cancel_and_wait([serving])

    async def next(self) -> tuple[ClaimSteps, Claim]:
        """The one before is gone; what the next may do, and its claim."""
        self._count += 1
        name = f"owner-{self._count}"
        client: Any = self._redis
        key, group = self.shard.key, self.shard.group
        if self._entry is None:
            await Publisher(self._redis).publish(a_turn())
            rows = await client.xreadgroup(group, name, {key: ">"}, count=1)
            entry_id, fields = rows[0][1][0]
            self._entry = entry_id.decode(), fields
        else:
            await client.xclaim(key, group, name, 0, [self._entry[0]])
        steps = ClaimSteps(self._pipeline, consumer=name, settings=QUICK, clock=CLOCK)
        return steps, Claim.of(self.shard, self._entry[0], self._count, self._entry[1], 0)


@pytest.fixture
async def owners(redis: Redis) -> AsyncGenerator[Owners]:
    await provision_streams(redis)
    owners = Owners(redis)
    async with owners.running():
        yield owners


async def begun(steps: ClaimSteps, claim: Claim, *, alone: bool = False) -> Attempt:
    (found,) = await steps.begin([claim], alone=alone)
    assert isinstance(found, Attempt)
    return found


async def test_a_death_in_the_handler_counts_once_however_often_the_next_owner_asks(
    owners: Owners,
) -> None:
    await begun(*await owners.next())
    second = await owners.next()
    assert (await begun(*second)).deaths == 1
    assert (await begun(*second)).deaths == 1
    assert not (await begun(*second)).is_poison_suspect


async def test_who_died_waiting_for_the_outside_did_not_die_of_the_entry(owners: Owners) -> None:
    for _ in range(4):
        steps, claim = await owners.next()
        assert (await begun(steps, claim)).tries == 0
        await steps.wait([claim])
    steps, claim = await owners.next()
    await begun(steps, claim)
    await steps.wait([claim])
    await steps.go_on([claim])
    assert (await begun(*await owners.next())).deaths == 1


async def test_only_what_a_suspect_dies_of_alone_counts_against_it(owners: Owners) -> None:
    await begun(*await owners.next())
    await begun(*await owners.next())
    third = await owners.next()
    assert (await begun(*third)).is_poison_suspect
    # A suspect that has not begun yet is not blamed, whoever dies.
    fourth = await owners.next()
    found = await begun(*fourth)
    assert (found.deaths, found.deaths_alone) == (2, 0)
    assert not (await begun(*fourth, alone=True)).is_poison_suspect
    found = await begun(*await owners.next())
    assert (found.deaths, found.deaths_alone, found.is_poison_suspect) == (2, 1, True)


async def test_bugs_and_deaths_are_counted_apart(owners: Owners) -> None:
    await begun(*await owners.next())
    steps, claim = await owners.next()
    await begun(steps, claim)
    assert await steps.count_failure(claim) == 1
    found = await begun(*await owners.next())
    assert (found.failures, found.deaths) == (1, 1)


async def test_who_came_further_than_all_before_has_outlived_their_deaths(owners: Owners) -> None:
    steps, claim = await owners.next()
    await begun(steps, claim)
    await steps.state(claim, [], 100)
    steps, claim = await owners.next()
    assert (await begun(steps, claim)).deaths == 1
    await steps.state(claim, [], 90)
    steps, claim = await owners.next()
    assert (await begun(steps, claim, alone=True)).deaths == 2
    await steps.state(claim, [], 101)
    found = await begun(*await owners.next())
    assert (found.deaths, found.deaths_alone, found.noted_ms) == (0, 1, 101)


@many_processes
async def test_a_fact_that_kills_its_process_is_given_up_and_its_neighbours_are_not(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    poison = a_turn("poison")
    neighbours = [a_turn(str(n)) for n in range(6)]
    await Publisher(redis).publish(*neighbours[:3], poison, *neighbours[3:])
    deaths = await deaths_until_all_is_handled(redis, valkey_url)
    (letter,) = await DeadLetters(redis).list()
    assert (letter.event_id, letter.reason, letter.deliveries) == (
        str(poison.id),
        "max_deliveries",
        deaths,
    )
    assert deaths == 2 + MAX_DEATHS
    stated = await bodies(redis, AnswerRefused)
    assert {one.cause_id for one in stated} == {one.id for one in neighbours}
    assert len(stated) == len(neighbours)


@many_processes
async def test_a_fact_of_another_kind_in_the_same_hands_is_not_given_up_with_it(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    poison, frame = a_turn("poison"), a_frame_description()
    await Publisher(redis).publish(poison, frame)
    await deaths_until_all_is_handled(redis, valkey_url)
    await read_by(redis, FrameDescribed, "llm-router", timeout_s=1)
    letters = await DeadLetters(redis).list()
    assert [one.event_id for one in letters] == [str(poison.id)]


async def deaths_until_all_is_handled(redis: Redis, valkey_url: str) -> int:
    """Start the poisoned worker again and again, until no turn is left."""
    deaths = 0
    async with asyncio.timeout(PATIENCE_S):
        while await pending_facts_of_router(redis):
            async with worker_process(valkey_url, "poison", str(MAX_DEATHS)) as process:
                done = asyncio.ensure_future(process.wait())
                while not done.done() and await pending_facts_of_router(redis):
                    await asyncio.wait([done], timeout=0.1)
                deaths += process.returncode == -signal.SIGKILL
                if not done.done():
                    process.terminate()
                    await done
    return deaths


@many_processes
async def test_what_was_in_hand_in_six_killed_processes_is_handled_by_the_seventh(
    redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    turn = a_turn()
    await Publisher(redis).publish(turn)
    for _ in range(6):
        async with worker_process(valkey_url, "stuck", "10") as process:
            assert process.stdout
            await asyncio.wait_for(process.stdout.readline(), 60)
            process.kill()
            await process.wait()

    async def answer(event: Envelope[TurnTaken]) -> Sequence[Fact]:
        return [
            AnswerRefused(
                turn_id=event.data.turn_id, channel="chat", reason="internal", text="Sorry."
            )
        ]

    async with consuming(valkey_url, "llm-router", {TurnTaken: Reader(answer)}):
        await read_by(redis, TurnTaken, "llm-router")
    (stated,) = await bodies(redis, AnswerRefused)
    assert stated.cause_id == turn.id
    assert await DeadLetters(redis).list() == []
