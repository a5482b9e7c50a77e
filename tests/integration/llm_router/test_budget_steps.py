"""How a router answers where the tenant's budget comes to its end."""

from dataclasses import replace
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from contracts.conversation import AnswerCompleted, AnswerRefused
from contracts.own_sentences import own_sentences
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Tier
from spending.account_keys import account_key
from spending.steps import READ_EVERY_S
from support.router.routers import Router, now
from support.router.turns import TENANT, a_turn, found

pytestmark = pytest.mark.integration
UNSURE = Reply("Perhaps 29 USD.", support=0.1)
TIERS = ModelPolicy(
    tuple(Tier(name, (f"test:{name}",)) for name in ("weak", "strong")),
    last_resort=Tier("offline", ("local:own",)),
)


class SteppedClock:
    """The router's, on which a step is read again for each turn."""

    at_s = 0.0

    def monotonic(self) -> float:
        self.at_s += READ_EVERY_S + 1
        return self.at_s


@pytest.fixture
def saving(router: Router) -> Router:
    steps: Any = getattr(router.deps.budget_step, "__self__")  # noqa: B009 - of a bound method
    steps._clock = SteppedClock()
    router.deps = replace(router.deps, policy=TIERS)
    return router


async def spent(redis: Redis, percent: int) -> None:
    """Of a month of one dollar."""
    row = {"spent": 0, "month_spent": percent * 10**7, "limit": 10**9, "hard": 1}
    await cast("Any", redis).hset(account_key(TENANT), mapping=row)


async def ended(router: Router, turn: str) -> AnswerCompleted | AnswerRefused:
    await router.finds(found(turn=turn))
    (answer,) = await router.take(a_turn(turn=turn), now())
    assert isinstance(answer, AnswerCompleted | AnswerRefused)
    return answer


@pytest.mark.parametrize("percent", [85, 96])
async def test_near_its_end_the_weakest_tier_alone_is_asked_and_the_route_says_why(
    saving: Router, redis: Redis, percent: int
) -> None:
    await spent(redis, percent)
    saving.models.replies = [UNSURE]
    answer = await ended(saving, "one")
    assert [attempt.tier for attempt in answer.attempts] == ["weak"]
    assert "budget near its end, weakest tier alone" in answer.attempts[0].why


async def test_with_enough_left_a_stronger_tier_is_asked_as_ever(
    saving: Router, redis: Redis
) -> None:
    await spent(redis, 84)
    saving.models.replies = [UNSURE, UNSURE]
    answer = await ended(saving, "one")
    assert [attempt.tier for attempt in answer.attempts] == ["weak", "strong"]
    assert "budget" not in answer.attempts[0].why


async def test_a_weak_tier_that_fails_leads_to_our_own_answerer_and_to_no_stronger_one(
    saving: Router, redis: Redis
) -> None:
    await spent(redis, 85)
    saving.models.replies = [Failure("rejected"), Reply("29 USD.", support=0.9)]
    answer = await ended(saving, "one")
    assert [attempt.tier for attempt in answer.attempts] == ["weak", "offline"]


async def test_at_its_end_each_question_is_refused_unasked_and_answered_again_when_there_is_more(
    saving: Router, redis: Redis
) -> None:
    await spent(redis, 100)
    refusal = await ended(saving, "one")
    assert isinstance(refusal, AnswerRefused)
    assert (refusal.reason, refusal.text) == ("budget", own_sentences("en").refused["budget"])
    assert saving.models.asked == []

    await cast("Any", redis).hset(account_key(TENANT), "credit", 10**9)
    assert isinstance(await ended(saving, "two"), AnswerCompleted)
