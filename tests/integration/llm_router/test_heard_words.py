"""A question with misheard words, from what rag says of them to the answer's route."""

import pytest

from contracts.conversation import AnswerCompleted
from contracts.knowledge import TakenAs
from support.router.routers import Router, now
from support.router.turns import a_passage, a_turn, described, found

pytestmark = pytest.mark.integration
FREIGHT = TakenAs(heard="fright", taken="freight")


async def test_a_model_is_asked_with_the_words_as_rag_took_them(router: Router) -> None:
    passage = a_passage("The freight surcharge is 45 EUR.")
    await router.finds(found(passage).model_copy(update={"taken_as": (FREIGHT,)}))
    turn = a_turn("How much is the fright surcharge?")
    (answer,) = await router.take(turn, now())
    assert router.models.asked[-1].turn.text == "How much is the freight surcharge?"
    assert isinstance(answer, AnswerCompleted)
    assert answer.taken_as == (FREIGHT,)
    assert answer.question_chars == len(turn.text)


async def test_a_word_that_only_the_screen_has_is_heard_as_that(router: Router) -> None:
    await router.sees(described(1_000, "Orion", "green", "Zephyr", "amber"))
    await router.finds(found().model_copy(update={"unknown_words": ("orian",)}))
    (answer,) = await router.take(a_turn("What colour is Orian?", screen_at_ms=1_000), now())
    assert router.models.asked[-1].turn.text == "What colour is orion?"
    assert isinstance(answer, AnswerCompleted)
    assert answer.taken_as == (TakenAs(heard="Orian", taken="orion"),)


async def test_a_question_that_was_heard_well_is_asked_as_it_was_said(router: Router) -> None:
    await router.finds(found(a_passage("The Team plan costs 29 USD per month.")))
    (answer,) = await router.take(a_turn(), now())
    assert router.models.asked[-1].turn == a_turn()
    assert isinstance(answer, AnswerCompleted)
    assert answer.taken_as == ()
