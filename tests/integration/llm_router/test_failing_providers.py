"""A turn whose providers fail, from its delivery to its conclusion."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis

from contracts.conversation import AnswerCompleted, AnswerRefused
from contracts.tenants import TenantConfig, TenantState, config_key
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Tier
from runtime.latest import publish_newer
from support.router.routers import Router, now
from support.router.turns import TENANT, a_passage, a_turn, found

pytestmark = pytest.mark.integration
PASSAGE = a_passage("The Team plan costs 29 USD per month.")
OWN = Reply("Quoted.", abstained=True, support=0.9)
POLICY = ModelPolicy(
    (Tier("weak", ("a:1",)), Tier("strong", ("b:1",))),
    last_resort=Tier("offline", ("local:own",)),
)


@pytest.fixture
def failing(router: Router) -> Router:
    router.deps = replace(router.deps, policy=POLICY)
    router.models.replies = [Failure("no_access"), Failure("rejected"), OWN]
    return router


async def test_the_offline_answerer_answers_when_every_provider_failed(failing: Router) -> None:
    await failing.finds(found(PASSAGE))
    (answer,) = await failing.take(a_turn(), now())

    assert isinstance(answer, AnswerCompleted)
    assert [(one.tier, one.why) for one in answer.attempts[:2]] == [
        ("weak", "no_access"),
        ("strong", "rejected"),
    ]
    assert (answer.attempts[2].tier, answer.attempts[2].outcome) == ("offline", "accepted")


async def test_a_tenant_that_wants_no_last_resort_gets_a_refusal_in_words(
    failing: Router, redis: Redis
) -> None:
    config = TenantConfig(offline_last_resort=False)
    state = TenantState(tenant_id=TENANT, name="Demo", tier="free", version=1, config=config)
    await publish_newer(redis, config_key(TENANT), version=1, body=state.model_dump_json())
    await failing.finds(found(PASSAGE))
    (refusal,) = await failing.take(a_turn(), now())

    assert isinstance(refusal, AnswerRefused)
    assert refusal.reason == "no_provider"
    assert refusal.text
    assert len(failing.models.asked) == 2


async def test_a_model_that_asks_for_a_moment_is_asked_again_after_it(router: Router) -> None:
    router.deps = replace(router.deps, policy=ModelPolicy((Tier("only", ("a:1",)),)))
    router.models.replies = [Failure("rate_limited", retry_after_s=0.3), OWN]
    await router.finds(found(PASSAGE))
    (answer,) = await router.take(a_turn(), now())

    assert isinstance(answer, AnswerCompleted)
    assert [one.outcome for one in answer.attempts] == ["failed", "accepted"]
    assert answer.latency_ms["attempts"] >= 300
