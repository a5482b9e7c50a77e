"""A live meeting: who is heard, what is asked, what is said, by whom and how often."""

import pytest

from contracts.conversation import MAX_QUESTION_CHARS, SpeechInterrupted
from contracts.feed import Spoken, VoiceClock
from contracts.media import MeetingEnded, MeetingStarted, UtteranceHeard
from media_agent.handlers.live import chat, floor, meeting, presence, speaking, troubles, words
from support.live_meeting import (
    ANN,
    BEN,
    FakeRedis,
    VirtualClock,
    a_scene,
    a_screen,
    accepted,
    concluded,
    draft,
    refused,
    settle,
    superseded,
    turns,
)


async def test_one_person_alone_is_always_asking() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask("And how much is the Team plan?")
        assert (turn.addressed_by, turn.speaker) == ("always", "Ann")
        [heard] = scene.redis.fed("heard")
        assert heard.turn_id == turn.turn_id
        assert scene.redis.stated(UtteranceHeard)[0].text == turn.text


async def test_of_several_only_who_names_parley_is_asking() -> None:
    async with a_scene(ANN, BEN) as scene:
        assert await scene.speak("What did you have for lunch?", ANN) is None
        turn = await scene.speak("Parley, what does it cost?", BEN)
        assert turn is not None
        assert (turn.addressed_by, turn.speaker) == ("name", "Ben")
        assert [heard.speaker for heard in scene.redis.stated(UtteranceHeard)] == ["Ann", "Ben"]


async def test_a_tenant_may_have_it_otherwise() -> None:
    async with a_scene(ANN, BEN, room_addressing="question") as scene:
        turn = await scene.speak("What does the Team plan cost?")
        assert turn is not None
        assert turn.addressed_by == "question"
        assert await scene.speak("I had soup for lunch.") is None


@pytest.mark.parametrize(
    "noise", ["uh", "Okay.", "Thank you!", "mm-hm", "Parley, stop.", "...", ""]
)
async def test_noises_of_one_alone_cost_nothing(noise: str) -> None:
    async with a_scene(ANN) as scene:
        assert await scene.speak(noise) is None


async def test_a_yes_may_be_an_answer_to_parley() -> None:
    async with a_scene(ANN) as scene:
        assert await scene.speak("Yes, please.") is not None


async def test_a_question_is_about_the_screen_when_it_ended() -> None:
    async with a_scene(ANN) as scene:
        scene.screens.shown = a_screen()
        turn = await scene.ask("What does this error say?")
        assert turn.screen == a_screen()
        assert scene.screens.asked_at_ms == [turn.asked_at_ms]
        assert scene.screens.speaking_told[-2:] == [True, False]


async def test_what_is_accepted_is_said_as_it_comes_and_drafts_never() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask()
        await scene.feed(draft(turn, "It costs nothing."))
        assert scene.room.said == []
        await scene.feed(accepted(turn, "It costs "))
        assert scene.room.said == ["It costs "]
        await scene.feed(accepted(turn, "40 euros."), concluded(turn, "It costs 40 euros."))
        assert scene.room.said == ["It costs 40 euros."]


async def test_the_clock_of_a_spoken_answer_is_stated_once() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask()
        await scene.clock.advance(0.4)
        await scene.answer(turn, "It costs 40 euros.")
        now_ms = scene.chronicle.now_ms()
        clock = VoiceClock(
            speech_ended_ms=now_ms - 900,
            turn_decided_ms=now_ms - 400,
            transcript_ms=now_ms - 500,
            accepted_ms=now_ms,
            first_audio_ms=now_ms,
        )
        assert scene.redis.fed("spoken") == [Spoken(turn_id=turn.turn_id, clock=clock)]


async def test_a_silence_is_filled_once_and_only_when_it_is_long() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask()
        await scene.clock.advance(0.8)
        assert scene.room.said == []
        await scene.clock.advance(0.2)
        assert len(scene.room.said) == 1
        assert scene.room.said[0] in speaking.FILLERS
        await scene.clock.advance(5)
        await scene.answer(turn, "It costs 40 euros.")
        assert scene.room.said[1:] == ["It costs 40 euros."]


async def test_a_refusal_is_said() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask()
        await scene.feed(refused(turn, "The budget is used up."))
        assert scene.room.said == ["The budget is used up."]


async def test_a_newer_question_silences_the_older_answer() -> None:
    async with a_scene(ANN) as scene:
        scene.room.played.clear()
        first = await scene.ask("What does it cost?")
        await scene.feed(accepted(first, "It costs "))
        second = await scene.ask("And who pays?")
        assert scene.room.sayings[0].hushed
        await scene.feed(accepted(first, "40 euros."), superseded(first))
        await scene.answer(second, "The customer.")
        assert scene.room.said == ["It costs ", "The customer."]


async def test_a_superseded_answer_is_never_said() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask()
        await scene.feed(superseded(turn))
        await scene.clock.advance(30)
        assert scene.room.said == []


async def test_whoever_speaks_over_parley_silences_it_and_that_is_stated() -> None:
    async with a_scene(ANN, BEN) as scene:
        scene.room.played.clear()
        turn = await scene.ask("Parley, what does it cost?", ANN)
        await scene.answer(turn, "It costs 40 euros.")
        scene.meeting.speaking(BEN, speaks=True)
        assert scene.room.is_held
        await scene.clock.advance(floor.TALKS_OVER_S + 0.1)
        assert scene.room.sayings[-1].hushed
        assert not scene.room.is_held
        assert scene.redis.stated(SpeechInterrupted) == [
            SpeechInterrupted(turn_id=turn.turn_id, heard_chars=len("It costs 40 euros."))
        ]


@pytest.mark.parametrize("noise", [None, "Okay.", "Mm-hm."])
async def test_after_a_cough_or_a_word_to_keep_company_parley_goes_on(noise: str | None) -> None:
    async with a_scene(ANN, BEN) as scene:
        scene.room.played.clear()
        turn = await scene.ask("Parley, what does it cost?", ANN)
        await scene.answer(turn, "It costs 40 euros.")
        scene.meeting.speaking(BEN, speaks=True)
        assert scene.room.is_held
        await scene.clock.advance(0.4)
        scene.meeting.speaking(BEN, speaks=False)
        if noise is not None:
            await scene.speak(noise, BEN)
        await scene.clock.advance(floor.WORDS_WITHIN_S + 0.1)
        assert not scene.room.is_held
        assert not scene.room.sayings[-1].hushed
        assert scene.redis.stated(SpeechInterrupted) == []


async def test_a_short_word_that_is_meant_silences_parley() -> None:
    async with a_scene(ANN, BEN) as scene:
        scene.room.played.clear()
        turn = await scene.ask("Parley, what does it cost?", ANN)
        await scene.answer(turn, "It costs 40 euros.")
        await scene.speak("No, no.", BEN)
        await settle()
        assert scene.room.sayings[-1].hushed
        assert not scene.room.is_held


async def test_parley_waits_for_a_pause() -> None:
    async with a_scene(ANN, BEN) as scene:
        turn = await scene.ask("Parley, what does it cost?", ANN)
        scene.meeting.speaking(BEN, speaks=True)
        await scene.clock.advance(2)
        await scene.answer(turn, "It costs 40 euros.")
        await scene.clock.advance(3)
        assert scene.room.said == []
        scene.meeting.speaking(BEN, speaks=False)
        await settle()
        assert scene.room.said == ["It costs 40 euros."]


async def test_an_answer_that_finds_no_pause_is_dropped_and_that_is_stated() -> None:
    async with a_scene(ANN, BEN) as scene:
        turn = await scene.ask("Parley, what does it cost?", ANN)
        scene.meeting.speaking(BEN, speaks=True)
        await scene.answer(turn, "It costs 40 euros.")
        await scene.clock.advance(speaking.PAUSE_WITHIN_S + 1)
        assert scene.room.said == []
        assert scene.redis.stated(SpeechInterrupted)[0].heard_chars == 0


async def test_a_person_who_leaves_in_the_middle_of_a_word_does_not_silence_parley_for_ever() -> (
    None
):
    async with a_scene(ANN, BEN) as scene:
        turn = await scene.ask("Parley, what does it cost?", ANN)
        scene.meeting.speaking(BEN, speaks=True)
        await scene.part(BEN)
        await scene.answer(turn, "It costs 40 euros.")
        assert scene.room.said == ["It costs 40 euros."]


async def test_without_an_answer_in_time_a_person_is_told_and_the_meeting_goes_on() -> None:
    async with a_scene(ANN) as scene:
        lost = await scene.ask("What does it cost?")
        await scene.clock.advance(11)
        assert scene.room.said[-1] == speaking.NO_ANSWER
        await scene.answer(lost, "Too late.")
        assert "Too late." not in scene.room.said
        again = await scene.ask("What does it cost?")
        await scene.answer(again, "40 euros.")
        assert scene.room.said[-1] == "40 euros."


async def test_an_answer_that_breaks_off_is_said_so() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask()
        await scene.feed(accepted(turn, "It costs "))
        await scene.clock.advance(11)
        assert scene.room.said == ["It costs " + words.LOST]


async def test_a_second_router_begins_again_and_says_so() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask()
        await scene.feed(accepted(turn, "It costs "), accepted(turn, "40 euros.", run=2))
        await scene.feed(accepted(turn, "of the first", run=1), concluded(turn, "40 euros.", run=2))
        assert scene.room.said == ["It costs " + words.AGAIN + "40 euros."]


async def test_what_cannot_be_said_is_written() -> None:
    async with a_scene(ANN) as scene:
        scene.room.is_mute = True
        turn = await scene.ask()
        await scene.answer(turn, "40 euros.")
        [line] = scene.room.lines
        assert (line.text, line.turn_id, line.is_closed) == ("40 euros.", turn.turn_id, True)
        assert [entry.turn_id for entry in scene.redis.fed("spoken")] == [turn.turn_id]


async def test_each_message_of_the_chat_is_a_question_answered_there_as_it_comes() -> None:
    async with a_scene(ANN, BEN) as scene:
        scene.screens.shown = a_screen()
        await scene.write("What does it cost?", BEN, "m7")
        [turn] = turns(scene, "chat")
        assert (turn.addressed_by, turn.speaker, turn.screen) == ("chat", "Ben", a_screen())
        [asked] = scene.redis.fed("asked")
        assert (asked.message_id, asked.turn_id) == ("m7", turn.turn_id)
        await scene.feed(accepted(turn, "40 "))
        [line] = scene.room.lines
        assert (line.text, line.is_closed) == ("40 ", False)
        await scene.feed(accepted(turn, "euros."), concluded(turn, "40 euros."))
        assert (line.text, line.is_closed, line.turn_id) == ("40 euros.", True, turn.turn_id)
        assert scene.room.said == []


async def test_two_questions_of_the_chat_are_both_answered() -> None:
    async with a_scene(ANN) as scene:
        await scene.write("One?", message_id="m1")
        await scene.write("Two?", message_id="m2")
        one, two = turns(scene, "chat")
        await scene.answer(one, "First.")
        await scene.answer(two, "Second.")
        assert [line.text for line in scene.room.lines] == ["First.", "Second."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("  ", chat.EMPTY),
        (None, chat.TOO_LONG),
        ("a" * (MAX_QUESTION_CHARS + 1), chat.TOO_LONG),
    ],
)
async def test_what_is_no_question_is_told_so(text: str | None, told: str) -> None:
    async with a_scene(ANN) as scene:
        await scene.write(text)
        assert [line.text for line in scene.room.lines] == [told]
        assert turns(scene, "chat") == []


async def test_a_flood_of_messages_is_told_so_and_who_waits_may_write_again() -> None:
    async with a_scene(ANN, BEN) as scene:
        for number in range(11):
            await scene.write("What?", ANN, f"m{number}")
        await scene.write("What?", BEN, "other")
        assert [line.text for line in scene.room.lines] == [chat.TOO_MANY]
        assert len(turns(scene, "chat")) == 11
        await scene.clock.advance(61)
        await scene.write("What?", ANN, "later")
        assert len(turns(scene, "chat")) == 12


async def test_a_chat_without_an_answer_is_told_so() -> None:
    async with a_scene(ANN) as scene:
        await scene.write("What does it cost?")
        await scene.clock.advance(66)
        assert [line.text for line in scene.room.lines] == [chat.NO_ANSWER]


async def test_what_breaks_on_one_sentence_does_not_end_the_meeting() -> None:
    async with a_scene(ANN) as scene:
        scene.screens.breaks = True
        assert await scene.speak("What does it cost?") is None
        await scene.write("What does it cost?")
        assert turns(scene, "chat") == []
        scene.screens.breaks = False
        await scene.ask("What does it cost?")


async def test_the_first_person_is_welcomed_once_in_all() -> None:
    redis = FakeRedis(VirtualClock())
    async with a_scene(redis=redis, welcome="Hello.") as scene:
        await scene.clock.advance(5)
        assert scene.room.said == []
        await scene.join(ANN)
        await scene.join(BEN)
        assert scene.room.said == ["Hello."]
    async with a_scene(ANN, redis=redis, welcome="Hello.") as second:
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


async def test_the_agent_beats_each_second_and_says_when_redis_is_away_and_back() -> None:
    async with a_scene(ANN) as scene:
        beats = scene.redis.beats
        await scene.clock.advance(10)
        assert 8 <= scene.redis.beats - beats <= 12
        scene.redis.is_away = True
        await scene.clock.advance(10)
        assert scene.room.said == [presence.REDIS_LOST]
        assert await scene.speak("What does it cost?") is None
        scene.redis.is_away = False
        await scene.clock.advance(3)
        assert presence.REDIS_BACK in scene.room.said
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
        scene.troubles.tell("ears_lost")
        await settle()
        assert scene.room.said == [troubles.SAID["ears_lost"]]
        scene.room.is_mute = True
        scene.troubles.tell("voice_lost")
        await settle()
        written = [line.text for line in scene.room.lines]
        assert written == [troubles.WRITTEN["ears_lost"], troubles.WRITTEN["voice_lost"]]
