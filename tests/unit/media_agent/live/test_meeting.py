"""A live meeting from its first person to its last, and what is lost and found meanwhile."""

from contracts.media import MeetingEnded, MeetingStarted
from contracts.own_sentences import own_sentences
from media_agent.live import meeting, presence
from support.meeting.clock import VirtualClock, settle
from support.meeting.redis import FakeRedis
from support.meeting.scene import ANN, BEN, a_scene, turns

ENGLISH = own_sentences("en")


async def test_the_first_person_is_welcomed_once_in_all() -> None:
    redis = FakeRedis(VirtualClock())
    async with a_scene(redis=redis, welcome="Hello.") as scene:
        await scene.clock.advance(5)
        assert scene.room.said == []
        await scene.join(ANN)
        await scene.join(BEN)
        assert scene.room.said == ["Hello."]
    async with a_scene(ANN, redis=redis, agent="agent-2", welcome="Hello.") as second:
        await second.clock.advance(5)
        assert second.room.said == []


async def test_the_agent_leaves_when_nobody_is_left_and_the_meeting_is_over() -> None:
    async with a_scene(ANN) as scene:
        await scene.part(ANN)
        await scene.clock.advance(presence.LEAVE_AFTER_S - 1)
        assert not scene.how
        await scene.clock.advance(2)
        assert scene.how == "left"
        assert scene.redis.stated(MeetingStarted)[0].source == "live"
        assert scene.redis.stated(MeetingEnded)[0].reason == "left"
        assert [entry.kind for entry in scene.redis.fed("ended")] == ["ended"]
        assert scene.redis.has_left
        redis = scene.redis
    async with a_scene(ANN, redis=redis):
        ids = [entry.event_id for entry in redis.fed("started")]
        assert len(set(ids)) == 2, "it goes on: a reader must not take this for a repeat"


async def test_a_tenant_without_a_welcome_of_its_own_has_one_in_its_language() -> None:
    async with a_scene(welcome=ENGLISH.welcome, language="ja") as scene:
        await scene.join(ANN)
        assert scene.room.said == [own_sentences("ja").welcome]


async def test_a_reconnect_is_no_leave() -> None:
    async with a_scene(ANN) as scene:
        await scene.part(ANN)
        scene.room.is_connected = False
        await scene.clock.advance(60)
        scene.room.is_connected = True
        await scene.clock.advance(5)
        await scene.join(ANN)
        await scene.clock.advance(60)
        assert not scene.how


async def test_an_agent_that_is_stopped_leaves_the_meeting_to_the_next_one() -> None:
    async with a_scene(ANN) as scene:
        scene.stop.set()
        await settle()
        assert scene.how == "stopped"
        assert scene.redis.stated(MeetingEnded) == []
        assert scene.redis.has_left


async def test_a_room_that_was_closed_is_a_meeting_that_ended() -> None:
    async with a_scene(ANN) as scene:
        scene.room.is_over = True
        scene.stop.set()
        await settle()
        assert scene.redis.stated(MeetingEnded)[0].reason == "left"


async def test_the_agent_beats_each_second_and_says_when_redis_is_away_and_back() -> None:
    async with a_scene(ANN) as scene:
        beats = scene.redis.beats
        await scene.clock.advance(10)
        assert 8 <= scene.redis.beats - beats <= 12
        scene.redis.is_away = True
        await scene.clock.advance(10)
        assert scene.room.said == [ENGLISH.meeting["redis_lost"]]
        assert await scene.speak("What does it cost?") is None
        scene.redis.is_away = False
        await scene.clock.advance(3)
        assert ENGLISH.meeting["redis_back"] in scene.room.said
        [turn] = turns(scene, "voice")
        await scene.answer(turn, "40 euros.")
        assert scene.room.said[-1] == "40 euros."


async def test_screens_are_looked_at_as_the_tenant_wants_now() -> None:
    async with a_scene(ANN, vision=False) as scene:
        assert scene.room.looks_at_screens is False
        scene.config = scene.config.model_copy(update={"vision": True})
        await scene.clock.advance(meeting.LOOK_AGAIN_S + 0.1)
        assert scene.room.looks_at_screens is True


async def test_people_are_told_when_parley_hears_or_speaks_no_more() -> None:
    async with a_scene(ANN) as scene:
        scene.speech_problems.report("ears_lost")
        await settle()
        assert scene.room.said == [ENGLISH.meeting["ears_lost_spoken"]]
        scene.room.is_mute = True
        scene.speech_problems.report("voice_lost")
        await settle()
        written = [line.text for line in scene.room.lines]
        assert written == [
            ENGLISH.meeting["ears_lost_written"],
            ENGLISH.meeting["voice_lost"],
        ]
