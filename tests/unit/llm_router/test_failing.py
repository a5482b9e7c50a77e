from dataclasses import replace
from typing import get_args
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence
from contracts.ids import TurnId
from hosted_models.calls import FailureReason
from llm_router.domain.failing import BACKOFF_MS, TRANSIENT, NotAsked, later_of
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import (
    LAST_RESORT_MS,
    MIN_ATTEMPT_MS,
    Answered,
    Ask,
    Refused,
    Step,
    judge,
    start,
)
from support.router.turns import a_turn

OFFLINE = Tier("offline", ("local:own",))
ONE = ModelPolicy((Tier("only", ("a:1",)),), last_resort=OFFLINE)
THREE = ModelPolicy(
    (Tier("weak", ("a:1", "b:1")), Tier("middle", ("a:2",)), Tier("strong", ("b:3",))),
    last_resort=OFFLINE,
)
ANYONE, NO_LAST_RESORT = TenantPolicy(), TenantPolicy(offline_last_resort=False)
OWN = Reply("Quoted.", abstained=False, support=0.2, took_ms=100)


def begun(policy: ModelPolicy, left_ms: int = 60_000, tenant: TenantPolicy = ANYONE) -> Ask:
    step = start(a_turn(), QuestionNeeds(about_screen=False), Evidence(), policy, left_ms, tenant)
    assert isinstance(step, Ask)
    return step


def asked(step: Step) -> Ask:
    assert isinstance(step, Ask)
    return step


def failing(step: Step, *failures: Failure) -> Step:
    for failure in failures:
        step = judge(asked(step), failure)
    return step


def test_the_same_model_is_asked_again_after_a_wait_when_nothing_else_is_left() -> None:
    step = asked(failing(begun(ONE), Failure("overloaded", took_ms=100)))

    assert step.model_name == "a:1"
    assert BACKOFF_MS / 2 <= step.wait_ms <= BACKOFF_MS
    assert step.left_ms == 60_000 - 100 - step.wait_ms


def test_a_provider_is_left_alone_for_as_long_as_it_says() -> None:
    step = asked(failing(begun(ONE), Failure("rate_limited", retry_after_s=7, took_ms=50)))

    assert (step.model_name, step.wait_ms) == ("a:1", 7_000)


def test_the_time_that_others_took_counts_for_the_wait() -> None:
    policy = ModelPolicy((Tier("weak", ("a:1", "b:1")),))
    limited = Failure("rate_limited", retry_after_s=5)
    step = asked(failing(begun(policy), limited, Failure("bad_reply", took_ms=4_000)))

    assert (step.model_name, step.wait_ms) == ("a:1", 1_000)


def test_nobody_waits_beyond_what_the_turn_has_left() -> None:
    step = asked(failing(begun(ONE, 6_000), Failure("rate_limited", retry_after_s=30)))

    assert (step.tier_name, step.model_name, step.wait_ms) == ("offline", "local:own", 0)


def test_what_would_fail_again_is_not_asked_again() -> None:
    for reason in set(get_args(FailureReason)) - TRANSIENT - {"budget"}:
        assert asked(failing(begun(ONE), Failure(reason))).tier_name == "offline", reason


def test_our_own_answerer_answers_when_every_provider_failed_and_the_route_names_it() -> None:
    down = Failure("unavailable")
    step = failing(begun(THREE), down, down, down)
    assert asked(step).is_last
    step = judge(asked(step), OWN)

    assert isinstance(step, Answered)
    assert [(one.tier, one.outcome) for one in step.attempts] == [
        ("weak", "failed"),
        ("weak", "failed"),
        ("middle", "failed"),
        ("offline", "accepted"),
    ]


def test_a_tenant_that_wants_no_last_resort_is_refused() -> None:
    step = failing(begun(THREE, tenant=NO_LAST_RESORT), *[Failure("unavailable")] * 3)

    assert isinstance(step, Refused)
    assert (step.reason, len(step.attempts)) == ("no_provider", 3)


def test_our_own_answerer_that_fails_as_well_is_the_end() -> None:
    step = failing(begun(ONE), Failure("no_access"), Failure("unavailable"))

    assert isinstance(step, Refused)
    assert step.reason == "no_provider"


def test_the_last_resort_has_time_even_after_a_provider_that_hangs() -> None:
    first = begun(THREE, 6_000)
    assert first.limit_ms == 6_000 - LAST_RESORT_MS
    step = asked(judge(first, Failure("timeout", took_ms=first.limit_ms)))

    assert (step.tier_name, step.left_ms) == ("offline", LAST_RESORT_MS)


def test_models_that_are_left_alone_cost_no_attempt() -> None:
    alone = NotAsked("overloaded", retry_after_s=30)
    step = asked(failing(begun(THREE), alone, alone, alone))
    assert (step.model_name, step.asks_left) == ("b:3", 3)
    step = judge(step, replace(OWN, support=1.0))

    assert isinstance(step, Answered)
    assert [one.why for one in step.attempts[:3]] == ["not asked: overloaded"] * 3


def test_when_all_are_left_alone_the_first_that_is_free_again_is_waited_for() -> None:
    waits = [NotAsked("rate_limited", retry_after_s=wait) for wait in (9, 4, 6, 8)]
    step = asked(failing(begun(THREE), *waits))

    assert (step.model_name, step.wait_ms) == ("b:1", 4_000)


def a_failure(kind: type[Failure], reason: FailureReason, wait_s: float, took_ms: int) -> Failure:
    return kind(reason, retry_after_s=wait_s if wait_s >= 0 else None, took_ms=took_ms)


failures: st.SearchStrategy[Failure] = st.builds(
    a_failure,
    st.sampled_from([Failure, NotAsked]),
    st.sampled_from(get_args(FailureReason)),
    st.floats(-5, 20),
    st.integers(0, 2_000),
)
policies = st.builds(
    ModelPolicy,
    st.lists(
        st.builds(Tier, st.just("t"), st.lists(st.just("p:m"), min_size=1, max_size=3).map(tuple)),
        min_size=1,
        max_size=3,
    ).map(tuple),
    max_attempts=st.integers(1, 3),
    last_resort=st.sampled_from([None, OFFLINE]),
)


@given(policies, st.integers(300, 60_000), st.data())
def test_every_turn_ends_in_time_however_its_models_fail(
    policy: ModelPolicy, left_ms: int, data: st.DataObject
) -> None:
    step: Step = begun(policy, left_ms)
    spent, really = 0, 0
    models = sum(len(tier.models) for tier in policy.tiers)
    while isinstance(step, Ask):
        spent += step.wait_ms
        assert 0 < step.limit_ms <= step.left_ms
        assert step.left_ms >= MIN_ATTEMPT_MS
        assert spent + step.left_ms <= left_ms
        drawn = data.draw(failures)
        failure = replace(drawn, took_ms=min(drawn.took_ms, step.limit_ms))
        spent += failure.took_ms
        really += not isinstance(failure, NotAsked)
        step = judge(step, failure)
    assert isinstance(step, Refused)
    assert really <= policy.max_attempts + 1
    assert len(step.attempts) <= 2 * models + policy.max_attempts + 1
    assert [one.outcome for one in step.attempts if one.tier == "offline"] in ([], ["failed"])


@given(st.uuids(), st.integers(1, 12), st.integers(0, 60_000))
def test_a_wait_without_a_word_of_the_provider_doubles_and_is_spread_by_the_turn(
    turn: UUID, attempts: int, left_ms: int
) -> None:
    later = later_of((0, 0, "a:1"), Failure("overloaded"), left_ms, TurnId(turn), attempts)
    assert later is not None
    longest = BACKOFF_MS * 2 ** (attempts - 1)
    assert longest / 2 - 1 <= left_ms - later.left_ms <= longest
    assert later == later_of((0, 0, "a:1"), Failure("overloaded"), left_ms, TurnId(turn), attempts)
