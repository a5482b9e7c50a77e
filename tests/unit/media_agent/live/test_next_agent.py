"""An agent that takes over a live meeting says nothing twice, and leaves nothing out."""

import pytest

from contracts.conversation import TurnTaken
from contracts.feed import Asked
from contracts.media import UtteranceHeard
from support.gateway.meetings import taken
from support.meeting.clock import VirtualClock
from support.meeting.entries import concluded
from support.meeting.redis import FakeRedis
from support.meeting.scene import ANN, a_scene, turns


async def test_the_next_agent_says_nothing_twice_and_goes_on() -> None:
    redis = FakeRedis(VirtualClock())
    async with a_scene(ANN, redis=redis) as first:
        turn = await first.ask()
        await first.answer(turn, "40 euros.")
        assert first.room.said == ["40 euros."]
    async with a_scene(ANN, redis=redis) as second:
        await second.clock.advance(2)
        assert second.room.said == []
        turn = await second.ask("And who pays?")
        await second.answer(turn, "The customer.")
        assert second.room.said == ["The customer."]


@pytest.mark.parametrize(("ago_s", "said"), [(3.0, ["40 euros."]), (20.0, [])])
async def test_the_next_agent_says_what_nobody_said_while_it_is_fresh(
    ago_s: float, said: list[str]
) -> None:
    redis = FakeRedis(VirtualClock())
    async with a_scene(ANN, redis=redis) as first:
        turn = await first.ask()
    redis.add(concluded(turn, "40 euros."), ago_s=ago_s)
    async with a_scene(ANN, redis=redis) as second:
        await second.clock.advance(2)
        assert second.room.said == said


async def test_the_next_agent_says_an_answer_that_is_still_to_come() -> None:
    redis = FakeRedis(VirtualClock())
    async with a_scene(ANN, redis=redis) as first:
        turn = await first.ask()
        await first.clock.advance(0.5)
    async with a_scene(ANN, redis=redis) as second:
        await second.clock.advance(0.2)
        await second.answer(turn, "40 euros.")
        assert second.room.said == ["40 euros."]


async def test_the_next_agent_answers_the_chat_that_the_last_one_left() -> None:
    redis = FakeRedis(VirtualClock())
    async with a_scene(ANN, redis=redis) as first:
        await first.write("What does it cost?")
        [turn] = turns(first, "chat")
    async with a_scene(ANN, redis=redis) as second:
        await second.answer(turn, "40 euros.")
        assert [line.text for line in second.room.lines] == ["40 euros."]
    async with a_scene(ANN, redis=redis) as third:
        await third.clock.advance(2)
        assert third.room.lines == []


async def test_what_was_asked_by_http_is_not_answered_in_the_room() -> None:
    redis, turn = FakeRedis(VirtualClock()), taken("What does it cost?", channel="chat")
    redis.add(
        Asked(turn_id=turn.turn_id, speaker="Cleo", text=turn.text, asked_at_ms=turn.asked_at_ms)
    )
    redis.add(concluded(turn, "40 euros."))
    async with a_scene(ANN, redis=redis) as scene:
        await scene.clock.advance(2)
        assert scene.room.lines == []
        assert scene.room.said == []


async def test_the_feed_is_read_from_where_all_was_done() -> None:
    redis = FakeRedis(VirtualClock())
    async with a_scene(ANN, redis=redis) as first:
        turn = await first.ask()
        await first.clock.advance(0.5)
        asked_at = redis.items[-1].entry_id
        await first.clock.advance(2)
        assert redis.position != asked_at  # a question is open: the next agent must read of it
        await first.answer(turn, "40 euros.")
        await first.clock.advance(2)
        assert redis.position == redis.items[-1].entry_id


async def test_of_two_agents_in_a_room_one_states_and_answers_what_both_heard() -> None:
    redis = FakeRedis(VirtualClock())
    async with (
        a_scene(ANN, redis=redis, agent="agent-1") as one,
        a_scene(ANN, redis=redis, agent="agent-2") as two,
    ):
        turn = await one.ask("What does it cost?")
        # Their clocks, and their ears, differ a little.
        assert await two.speak("What does that cost?") is None
        await one.answer(turn, "40 euros.")
        assert one.room.said + two.room.said == ["40 euros."]
        assert len(redis.stated(UtteranceHeard)) == len(redis.fed("heard")) == 1
        await redis.clock.advance(3)
        assert await two.ask("And who pays for it?") in redis.stated(TurnTaken)
        assert await two.ask("And when?") != turn


async def test_of_two_agents_in_a_room_one_answers_the_chat() -> None:
    redis = FakeRedis(VirtualClock())
    async with (
        a_scene(ANN, redis=redis, agent="agent-1") as one,
        a_scene(ANN, redis=redis, agent="agent-2") as two,
    ):
        for scene in (one, two):
            await scene.write("What does it cost?", message_id="m1")
        [turn] = turns(one, "chat")
        await one.answer(turn, "40 euros.")
        assert [line.text for line in one.room.lines + two.room.lines] == ["40 euros."]
        assert len(redis.fed("asked")) == 1


async def test_without_redis_an_agent_takes_what_it_hears_and_reads_for_its_own() -> None:
    async with a_scene(ANN) as scene:
        scene.redis.is_away = True
        await scene.speak("What does it cost?")
        await scene.write("And who pays?")
        scene.redis.is_away = False
        await scene.clock.advance(2)
        assert [turn.channel for turn in scene.redis.stated(TurnTaken)] == ["voice", "chat"]
