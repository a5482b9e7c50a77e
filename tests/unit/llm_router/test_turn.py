from decimal import Decimal
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence
from contracts.conversation import PassageSource
from contracts.tenants import RoutingPolicy
from hosted_models.calls import FailureReason
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Route, Tier
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Answered, Ask, Refused, judge, start
from support.router.turns import a_passage, a_turn

PASSAGE = a_passage("The Team plan costs 29 USD per month.")
EVIDENCE = Evidence((PASSAGE,))
SOURCE = PassageSource(
    document_id=PASSAGE.document_id,
    document=PASSAGE.document,
    page=1,
    start=PASSAGE.start,
    end=PASSAGE.end,
    quote=PASSAGE.text,
)
GOOD = Reply(PASSAGE.text, (SOURCE,), took_ms=10)
WEAK = Reply("Perhaps the Team plan is cheap.", (), took_ms=10)
TIERS = (Tier("small", ("a:1", "b:1")), Tier("middle", ("a:2",)), Tier("large", ("a:3",)))
POLICY = ModelPolicy(TIERS)
NEEDS = QuestionNeeds(about_screen=False)
TENANT_POLICY = TenantPolicy()


def first(policy: ModelPolicy = POLICY, left_ms: int = 8_000) -> Ask:
    step = start(a_turn(), NEEDS, EVIDENCE, policy, left_ms, TENANT_POLICY)
    assert isinstance(step, Ask)
    return step


weights = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(
    lambda cuts: (min(cuts), max(cuts) - min(cuts), 100 - max(cuts))
)
tenant_policies = st.builds(
    TenantPolicy, st.builds(Route, st.sampled_from(get_args(RoutingPolicy)), weights)
)
replies = st.one_of(
    st.sampled_from([GOOD, WEAK, Reply("I don't know.", (), abstained=True, support=0.5)]),
    st.builds(Reply, st.text(max_size=40), took_ms=st.integers(0, 9_000)),
    st.builds(Failure, st.sampled_from(get_args(FailureReason)), took_ms=st.integers(0, 9_000)),
)
policies = st.builds(
    ModelPolicy,
    st.lists(
        st.builds(
            Tier, st.text(max_size=3), st.lists(st.just("p:m"), min_size=1, max_size=3).map(tuple)
        ),
        min_size=1,
        max_size=5,
    ).map(tuple),
    st.floats(0, 1),
    st.integers(1, 3),
)


@given(
    policies, tenant_policies, st.integers(-100, 20_000), st.lists(replies, min_size=3, max_size=6)
)
def test_every_turn_ends_after_at_most_three_attempts(
    policy: ModelPolicy,
    tenant_policy: TenantPolicy,
    left_ms: int,
    given_replies: list[Reply | Failure],
) -> None:
    step = start(a_turn(), NEEDS, EVIDENCE, policy, left_ms, tenant_policy)
    asked = 0
    for reply in given_replies:
        if isinstance(step, Ask):
            assert step.left_ms > 0
            step = judge(step, reply)
            asked += 1
    assert not isinstance(step, Ask)
    assert len(step.attempts) == asked <= policy.max_attempts


@given(policies, tenant_policies, st.lists(replies, min_size=3, max_size=3))
def test_exactly_the_attempt_whose_reply_is_the_answer_is_accepted(
    policy: ModelPolicy, tenant_policy: TenantPolicy, given_replies: list[Reply | Failure]
) -> None:
    step = start(a_turn(), NEEDS, EVIDENCE, policy, 10**6, tenant_policy)
    for reply in given_replies:
        if isinstance(step, Ask):
            step = judge(step, reply)
    accepted = [a for a in step.attempts if a.outcome == "accepted"]
    if isinstance(step, Answered):
        (attempt,) = accepted
        assert given_replies[step.attempts.index(attempt)] == step.reply
        assert attempt.confidence == step.confidence.ratio
    else:
        assert accepted == []


@given(policies, st.lists(replies, min_size=3, max_size=3))
def test_judging_twice_equals_judging_once(
    policy: ModelPolicy, given_replies: list[Reply | Failure]
) -> None:
    step = start(a_turn(), NEEDS, EVIDENCE, policy, 10**6, TENANT_POLICY)
    for reply in given_replies:
        if isinstance(step, Ask):
            assert judge(step, reply) == judge(step, reply)
            step = judge(step, reply)


def test_a_covered_reply_is_accepted_at_once() -> None:
    step = judge(first(), GOOD)
    assert isinstance(step, Answered)
    assert [a.tier for a in step.attempts] == ["small"]


def test_a_weak_reply_is_asked_again_of_a_stronger_tier() -> None:
    step = judge(first(), WEAK)
    assert isinstance(step, Ask)
    assert (step.tier_name, step.number) == ("middle", 2)
    assert step.attempts[0].outcome == "low_confidence"


def test_the_last_attempt_is_accepted_however_weak_and_the_best_was_not_better() -> None:
    step = judge(first(), WEAK)
    assert isinstance(step, Ask)
    step = judge(step, WEAK)
    assert isinstance(step, Ask)
    assert step.is_last
    step = judge(step, WEAK)
    assert isinstance(step, Answered)
    assert step.confidence.ratio < POLICY.threshold_ratio


def test_a_failure_goes_to_another_provider_of_the_same_tier_and_is_no_low_confidence() -> None:
    step = judge(first(), Failure("timeout", took_ms=500))
    assert isinstance(step, Ask)
    assert (step.tier_name, step.model_name, step.left_ms) == ("small", "b:1", 7_500)
    assert step.attempts[0].confidence is None


def test_when_all_fail_the_turn_is_refused() -> None:
    step: object = first()
    for _ in range(3):
        assert isinstance(step, Ask)
        step = judge(step, Failure("unavailable"))
    assert isinstance(step, Refused)
    assert step.reason == "no_provider"


def test_a_weak_reply_is_better_than_none_when_the_rest_fails() -> None:
    step = judge(first(), WEAK)
    for _ in range(2):
        assert isinstance(step, Ask)
        step = judge(step, Failure("unavailable"))
    assert isinstance(step, Answered)
    assert [a.outcome for a in step.attempts] == ["accepted", "failed", "failed"]


def test_no_time_left_is_a_refusal_before_anybody_is_asked() -> None:
    assert start(a_turn(), NEEDS, EVIDENCE, POLICY, 100, TENANT_POLICY) == Refused("deadline")


def test_a_failure_that_ate_the_time_ends_in_the_deadline() -> None:
    step = judge(first(), Failure("timeout", took_ms=7_900))
    assert isinstance(step, Refused)
    assert step.reason == "deadline"


def test_a_used_up_budget_is_not_tried_elsewhere() -> None:
    step = judge(first(), Failure("budget"))
    assert isinstance(step, Refused)
    assert step.reason == "budget"


def test_what_failed_attempts_cost_is_kept() -> None:
    step = judge(first(), Failure("timeout", tokens_in=7, cost_usd=Decimal("0.01")))
    assert isinstance(step, Ask)
    assert step.attempts[0].cost_usd == Decimal("0.01")
