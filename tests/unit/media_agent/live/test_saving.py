"""What a live meeting gives up as the budget comes to its end, and gets back."""

import pytest

from contracts.budgets import STEPS, BudgetStep
from contracts.feed import Spoken
from contracts.own_sentences import own_sentences
from media_agent.live.answers.saving import LOOK_EVERY_S
from support.meeting.clock import VirtualClock
from support.meeting.entries import refused
from support.meeting.redis import FakeRedis
from support.meeting.scene import ANN, Scene, a_scene

ENGLISH = own_sentences("en").meeting
REFUSAL = own_sentences("en").refused["budget"]


async def step(scene: Scene, to: BudgetStep) -> None:
    scene.budget_step = to
    await scene.clock.advance(LOOK_EVERY_S + 0.1)


def written(scene: Scene) -> list[str]:
    return [line.text for line in scene.room.lines]


@pytest.mark.parametrize("name", STEPS)
async def test_each_step_keeps_what_the_ones_before_it_gave_up_and_all_comes_back(
    name: BudgetStep,
) -> None:
    at = STEPS.index(name)
    async with a_scene(ANN) as scene:
        await step(scene, name)
        given_up = (scene.screens.saves, not scene.speech.pays_voice, not scene.speech.pays_ears)
        assert given_up == (at >= 1, at >= 3, at >= 4)
        await step(scene, "full")
        assert not scene.screens.saves
        assert scene.speech.pays_voice
        assert scene.speech.pays_ears


async def test_a_voice_of_our_own_goes_on_speaking_and_nothing_is_announced() -> None:
    async with a_scene(ANN) as scene:
        await step(scene, "text_only")
        await scene.answer(await scene.ask(), "It costs 40 euros.")
        assert scene.room.said == ["It costs 40 euros."]
        assert written(scene) == []


async def test_without_a_voice_of_our_own_answers_are_written_and_people_are_told_once() -> None:
    async with a_scene(ANN) as scene:
        scene.speech.has_own_voice = False
        await step(scene, "text_only")
        for price in ("40", "50"):
            turn = await scene.ask()
            await scene.answer(turn, f"It costs {price} euros.")
        told = ENGLISH["written_only"]
        assert scene.room.said == [told]
        assert written(scene) == [told, "It costs 40 euros.", "It costs 50 euros."]
        assert scene.redis.fed("spoken")[-1] == Spoken(turn_id=turn.turn_id)

        await step(scene, "cheaper")
        await scene.answer(await scene.ask(), "It costs 60 euros.")
        assert scene.room.said == [told, ENGLISH["spoken_again"], "It costs 60 euros."]


async def test_that_the_budget_is_used_up_is_said_once_and_written_for_each_question() -> None:
    async with a_scene(ANN) as scene:
        await step(scene, "refused")
        for _ in range(2):
            await scene.feed(refused(await scene.ask(), REFUSAL, "budget"))
        assert scene.room.said == [ENGLISH["budget_used_up"]]
        assert written(scene) == [ENGLISH["budget_used_up"], REFUSAL, REFUSAL]


async def test_a_question_that_the_budget_refuses_before_its_end_is_told_of_in_the_same_way() -> (
    None
):
    async with a_scene(ANN) as scene:
        for _ in range(2):
            await scene.feed(refused(await scene.ask(), REFUSAL, "budget"))
        assert scene.room.said == [ENGLISH["budget_used_up"]]
        assert written(scene) == [REFUSAL, REFUSAL]


async def test_when_there_is_budget_again_people_are_told_and_answers_are_said() -> None:
    async with a_scene(ANN) as scene:
        await step(scene, "refused")
        await step(scene, "full")
        await scene.answer(await scene.ask(), "It costs 40 euros.")
        said = [ENGLISH["budget_used_up"], ENGLISH["budget_back"], "It costs 40 euros."]
        assert scene.room.said == said


async def test_a_second_agent_writes_that_the_budget_is_used_up_and_does_not_say_it_again() -> None:
    redis = FakeRedis(VirtualClock())
    async with a_scene(ANN, redis=redis) as first:
        await step(first, "refused")
        assert first.room.said == [ENGLISH["budget_used_up"]]
    async with a_scene(ANN, redis=redis, agent="agent-2") as second:
        await step(second, "refused")
        assert second.room.said == []
        assert written(second) == [ENGLISH["budget_used_up"]]


async def test_it_is_told_in_the_tenants_language() -> None:
    async with a_scene(ANN, language="de") as scene:
        await scene.clock.advance(3)
        await step(scene, "refused")
        assert scene.room.said == [own_sentences("de").meeting["budget_used_up"]]
