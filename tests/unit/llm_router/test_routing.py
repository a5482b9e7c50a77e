"""Which tier a turn begins with, and whether it goes on to a stronger one."""

from collections import Counter
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence, Frame
from contracts.ids import TenantId, TurnId
from contracts.tenants import RoutingPolicy, TenantConfig, TenantState, Weights
from llm_router.adapters.read_questions import needs_of
from llm_router.domain.complexity import MOST, complexity_of
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import SCORED, ModelPolicy, Route, Tier
from llm_router.domain.tenant_policy import TenantPolicy, tenant_policy_of
from llm_router.domain.turn import Answered, Ask, Refused, judge, start
from support.router.turns import a_passage, a_turn, frame_id, lines

TIERS = (Tier("small", ("a:1",)), Tier("middle", ("a:2",)), Tier("large", ("a:3",)))
MODELS = ModelPolicy(TIERS)
EASY = "What does the Team plan cost?"
HARD = (
    "Why should we choose the Business plan instead of the Team plan, and how do storage, "
    "support hours, security audits and the notice period compare between both contracts?"
)
WEAK = Reply("Perhaps it is cheap.", took_ms=10)
NEAR = Evidence((a_passage("The Team plan costs 29 USD.").model_copy(update={"similarity": 0.8}),))
scores = st.integers(0, MOST)
turns = st.uuids(version=4).map(TurnId)
weights = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(
    lambda cuts: (min(cuts), max(cuts) - min(cuts), 100 - max(cuts))
)
routes = st.builds(Route, st.sampled_from(get_args(RoutingPolicy)), weights)


def begun(policy: RoutingPolicy, text: str = EASY, evidence: Evidence = NEAR) -> Ask:
    tenant_policy = TenantPolicy(Route(policy))
    step = start(a_turn(text), needs_of(text), evidence, MODELS, 8_000, tenant_policy)
    assert isinstance(step, Ask)
    return step


@given(routes, st.integers(1, 5), scores, scores, turns)
def test_a_higher_score_never_begins_with_a_weaker_tier(
    route: Route, tiers: int, one: int, other: int, turn_id: TurnId
) -> None:
    first, second = (route.first_tier(tiers, s, turn_id) for s in sorted((one, other)))
    assert 0 <= first <= second < tiers
    assert route.first_tier(tiers, one, turn_id) == route.first_tier(tiers, one, turn_id)


@given(routes, scores, turns)
def test_where_there_is_one_tier_every_policy_leads_to_it(
    route: Route, score: int, turn_id: TurnId
) -> None:
    assert route.first_tier(1, score, turn_id) == 0


@given(scores, turns, st.permutations([100, 0, 0]))
def test_a_weight_of_nothing_gets_no_turn(score: int, turn_id: TurnId, given: list[int]) -> None:
    first, second, third = given
    route = Route("weighted", (first, second, third))
    assert route.first_tier(3, score, turn_id) == given.index(100)


@pytest.mark.parametrize("wanted", [(60, 25, 15), (10, 10, 80), (34, 33, 33)])
def test_the_weights_are_kept_over_many_turns(wanted: Weights) -> None:
    """Turns that score as the public questions do, 40 for each of those."""
    route = Route("weighted", wanted)
    numbers = iter(range(10**6))
    tiers = Counter(
        route.first_tier(3, score, TurnId(UUID(int=next(numbers) * 2_654_435_761)))
        for score, count in enumerate(SCORED)
        for _ in range(40 * count)
    )
    shares = [100 * tiers[tier] / tiers.total() for tier in range(3)]
    assert shares == pytest.approx(wanted, abs=1)


def test_complexity_is_in_range_and_says_what_it_is_made_of() -> None:
    assert complexity_of(needs_of("Thanks, Parley!"), Evidence()) == 0
    assert complexity_of(needs_of(EASY), NEAR) == 0
    apart = tuple(a_passage("Something", document=f"{n}.pdf") for n in range(4))
    assert complexity_of(needs_of(EASY), Evidence(apart)) > complexity_of(needs_of(EASY), NEAR)
    assert complexity_of(needs_of(EASY), Evidence()) > complexity_of(needs_of(EASY), NEAR)
    assert complexity_of(needs_of(HARD), NEAR) >= complexity_of(needs_of(EASY), NEAR) + 8
    full = Frame(frame_id(1), 1, lines(*(f"line {n}" for n in range(70))))
    read = "What does the error on the screen say?"
    assert complexity_of(needs_of(read), Evidence(frames=(full,))) == 3


@given(st.text(max_size=200), st.integers(0, 6))
def test_whatever_is_asked_has_a_score(text: str, documents: int) -> None:
    passages = tuple(a_passage("Text", document=f"{n}") for n in range(documents))
    assert 0 <= complexity_of(needs_of(text), Evidence(passages)) <= MOST


def test_attempt_begins_with_the_weakest_and_goes_on_when_it_is_not_sure() -> None:
    step = judge(begun("attempt", HARD), WEAK)
    assert isinstance(step, Ask)
    assert step.tier_name == "middle"
    assert "score" not in step.attempts[0].why


def test_complexity_begins_by_the_score_and_stays() -> None:
    assert begun("complexity").tier_name == "small"
    asked = begun("complexity", HARD)
    assert asked.tier_name == "middle"
    assert asked.is_last
    step = judge(asked, WEAK)
    assert isinstance(step, Answered)
    (attempt,) = step.attempts
    assert attempt.why.startswith("complexity, score ")
    assert (attempt.tier, attempt.outcome) == ("middle", "accepted")


def test_hybrid_begins_by_the_score_and_goes_on_when_it_is_not_sure() -> None:
    step = judge(begun("hybrid", HARD), WEAK)
    assert isinstance(step, Ask)
    assert step.tier_name == "large"


def test_when_the_strongest_fail_a_weaker_one_answers_and_its_word_counts() -> None:
    step = judge(begun("complexity", HARD), Failure("unavailable"))
    assert isinstance(step, Ask)
    assert step.tier_name == "large"
    step = judge(step, Failure("unavailable"))
    assert isinstance(step, Ask)
    assert (step.tier_name, step.is_last) == ("small", True)
    ended = judge(step, WEAK)
    assert isinstance(ended, Answered)
    assert [a.tier for a in ended.attempts] == ["middle", "large", "small"]
    refused = judge(step, Failure("unavailable"))
    assert isinstance(refused, Refused)


def test_a_tenant_never_told_of_has_the_defaults_and_the_free_plan() -> None:
    assert tenant_policy_of(None) == TenantPolicy(Route("attempt", (60, 25, 15)), "", 3)


def test_a_tenant_policy_is_what_the_tenant_configured_and_its_plan_allows() -> None:
    config = TenantConfig(instructions="Be brief.", policy="weighted", weights=(20, 30, 50))
    tenant = TenantState(
        tenant_id=TenantId("acme"), name="A", tier="enterprise", version=1, config=config
    )
    route = Route("weighted", (20, 30, 50))
    assert tenant_policy_of(tenant) == TenantPolicy(route, "Be brief.", 10)


def test_a_tenants_instructions_are_not_shown_by_its_representation() -> None:
    tenant_policy = TenantPolicy(instructions="Say nothing of Bob.")
    asked = start(a_turn(), needs_of(EASY), NEAR, MODELS, 8_000, tenant_policy)
    assert "Bob" not in repr(asked)
