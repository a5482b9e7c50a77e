"""Who is heard in a live meeting, and what of it is asked."""

import pytest

from contracts.media import UtteranceHeard
from support.meeting.room import a_screen
from support.meeting.scene import ANN, BEN, a_scene, turns


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


async def test_what_breaks_on_one_sentence_does_not_end_the_meeting() -> None:
    async with a_scene(ANN) as scene:
        scene.screens.breaks = True
        assert await scene.speak("What does it cost?") is None
        await scene.write("What does it cost?")
        assert turns(scene, "chat") == []
        scene.screens.breaks = False
        await scene.ask("What does it cost?")
