"""What Parley says in a live meeting: when, how often, and when it falls silent."""

import pytest

from contracts.conversation import SpeechInterrupted
from contracts.feed import Spoken, VoiceClock
from contracts.own_sentences import own_sentences
from media_agent.live import floor
from media_agent.live.answers import answer_speaker
from support.meeting.clock import settle
from support.meeting.entries import accepted, concluded, draft, refused, superseded
from support.meeting.scene import ANN, BEN, a_scene

ENGLISH = own_sentences("en")


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
        now_ms = scene.outbox.now_ms()
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
        assert scene.room.said[0] in ENGLISH.fillers
        await scene.clock.advance(5)
        await scene.answer(turn, "It costs 40 euros.")
        assert scene.room.said[1:] == ["It costs 40 euros."]


async def test_a_silence_is_filled_in_the_tenants_language() -> None:
    async with a_scene(ANN, language="de") as scene:
        await scene.ask()
        await scene.clock.advance(1)
        assert scene.room.said[0] in own_sentences("de").fillers


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
        assert scene.room.handles[0].interrupted
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
        assert scene.room.handles[-1].interrupted
        assert not scene.room.is_held
        assert scene.redis.stated(SpeechInterrupted) == [
            SpeechInterrupted(turn_id=turn.turn_id, heard_chars=len("It costs 40 euros."))
        ]


@pytest.mark.parametrize("noise", [None, "Okay.", "Mm-hm."])
async def test_after_a_cough_or_a_backchannel_parley_goes_on(noise: str | None) -> None:
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
        await scene.clock.advance(floor.WORDS_TIMEOUT_S + 0.1)
        assert not scene.room.is_held
        assert not scene.room.handles[-1].interrupted
        assert scene.redis.stated(SpeechInterrupted) == []


async def test_a_short_word_that_is_meant_silences_parley() -> None:
    async with a_scene(ANN, BEN) as scene:
        scene.room.played.clear()
        turn = await scene.ask("Parley, what does it cost?", ANN)
        await scene.answer(turn, "It costs 40 euros.")
        await scene.speak("No, no.", BEN)
        await settle()
        assert scene.room.handles[-1].interrupted
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
        await scene.clock.advance(answer_speaker.PAUSE_TIMEOUT_S + 1)
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
        assert scene.room.said[-1] == ENGLISH.meeting["no_answer"]
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
        assert scene.room.said == ["It costs  " + ENGLISH.meeting["rest_lost"]]


async def test_a_second_router_begins_again_and_says_so() -> None:
    async with a_scene(ANN) as scene:
        turn = await scene.ask()
        await scene.feed(accepted(turn, "It costs "), accepted(turn, "40 euros.", run=2))
        await scene.feed(accepted(turn, "of the first", run=1), concluded(turn, "40 euros.", run=2))
        assert scene.room.said == [f"It costs  {ENGLISH.meeting['again']} 40 euros."]


async def test_what_cannot_be_said_is_written() -> None:
    async with a_scene(ANN) as scene:
        scene.room.is_mute = True
        turn = await scene.ask()
        await scene.answer(turn, "40 euros.")
        [line] = scene.room.lines
        assert (line.text, line.turn_id, line.is_closed) == ("40 euros.", turn.turn_id, True)
        assert [entry.turn_id for entry in scene.redis.fed("spoken")] == [turn.turn_id]
