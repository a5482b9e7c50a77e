from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence
from contracts.conversation import MAX_ANSWER_CHARS, Attempt, RefusedReason
from llm_router.domain.confidence import Confidence
from llm_router.domain.reply import Reply
from llm_router.domain.results import completed, cost_of, interrupted, refused
from llm_router.domain.turn import Answered, Refused
from support.router.turns import a_turn

costs = st.lists(st.integers(0, 10_000).map(lambda cents: Decimal(cents) / 10_000), max_size=3)


def attempts_of(given_costs: list[Decimal]) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(tier="small", model="a:1", outcome="accepted", why="sure", cost_usd=cost)
        for cost in given_costs
    )


def answered(text: str, *costs: Decimal) -> Answered:
    return Answered(Reply(text, abstained=True), Confidence(0.9, "sure"), attempts_of([*costs]))


@given(costs)
def test_a_turn_costs_what_its_attempts_cost_however_it_ends(given_costs: list[Decimal]) -> None:
    turn, attempts = a_turn(), attempts_of(given_costs)
    total = sum(given_costs, Decimal(0))
    assert cost_of(attempts) == total
    assert completed(turn, answered("Yes.", *given_costs), Evidence()).cost_usd == total
    assert refused(turn, Refused("deadline", attempts), {}).cost_usd == total
    assert interrupted(turn, "Yes.", 2, attempts, {}).cost_usd == total


@given(st.text(max_size=2_000))
def test_an_answer_is_never_longer_than_anybody_listens(text: str) -> None:
    assert len(completed(a_turn(), answered(text), Evidence()).text) <= MAX_ANSWER_CHARS


def test_an_answer_says_what_it_stands_on_and_what_was_missing() -> None:
    turn = a_turn("how long is the trial", screen_at_ms=5_000)
    answer = completed(turn, answered("I can't say."), Evidence(missing=("screen",)))
    assert (answer.turn_id, answer.asked_at_ms) == (turn.turn_id, turn.asked_at_ms)
    assert answer.question_chars == len(turn.text)
    assert answer.has_screen
    assert (answer.abstained, answer.confidence, answer.why) == (True, 0.9, "sure")
    assert answer.missing == ("screen",)


@pytest.mark.parametrize("reason", get_args(RefusedReason))
def test_a_refusal_is_a_sentence_that_a_person_hears(reason: RefusedReason) -> None:
    refusal = refused(a_turn(), Refused(reason), {"total": 7})
    assert refusal.reason == reason
    assert refusal.text.endswith(".")
    assert refusal.latency_ms == {"total": 7}


def test_a_refusal_is_in_the_tenants_language() -> None:
    refusal = refused(a_turn(), Refused("deadline"), {}, language="de")
    assert refusal.text == "Ich konnte nicht rechtzeitig antworten. Bitte fragen Sie noch einmal."


@given(st.text(max_size=100), st.integers(0, 200))
def test_of_an_interrupted_answer_what_was_heard_is_the_answer(said: str, heard: int) -> None:
    answer = interrupted(a_turn(), said, heard, (), {})
    assert said.startswith(answer.text)
    assert answer.interrupted_at_chars == len(answer.text) == min(heard, len(said))
    assert not answer.abstained
