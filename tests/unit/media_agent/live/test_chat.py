"""Questions and answers in the chat of a live meeting."""

import pytest

from contracts.conversation import MAX_QUESTION_CHARS
from contracts.own_sentences import own_sentences
from support.meeting.entries import accepted, concluded
from support.meeting.room import a_screen
from support.meeting.scene import ANN, BEN, a_scene, turns

ENGLISH = own_sentences("en")


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
        ("  ", ENGLISH.meeting["empty"]),
        (None, ENGLISH.meeting["too_long"]),
        ("a" * (MAX_QUESTION_CHARS + 1), ENGLISH.meeting["too_long"]),
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
        assert [line.text for line in scene.room.lines] == [ENGLISH.meeting["too_many"]]
        assert len(turns(scene, "chat")) == 11
        await scene.clock.advance(61)
        await scene.write("What?", ANN, "later")
        assert len(turns(scene, "chat")) == 12


async def test_a_chat_without_an_answer_is_told_so() -> None:
    async with a_scene(ANN) as scene:
        await scene.write("What does it cost?")
        await scene.clock.advance(66)
        assert [line.text for line in scene.room.lines] == [ENGLISH.meeting["no_answer"]]
