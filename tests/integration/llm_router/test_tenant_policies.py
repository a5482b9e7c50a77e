"""What a tenant configures reaches its next turns."""

import asyncio
import logging
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from contracts.conversation import AnswerCompleted
from contracts.tenants import Plan, TenantConfig, TenantState, config_key
from llm_router.domain.routing import ModelPolicy, Tier
from runtime.latest import FRESH_S, publish_newer
from support.router.routers import Router, now
from support.router.turns import TENANT, a_passage, a_turn, described, feed_of, found

pytestmark = pytest.mark.integration
PASSAGE = a_passage("The Team plan costs 29 USD per month.")
FIRST: str = "Answer as a harbour master would."
SECOND: str = "Never name a competitor."


async def configure(
    redis: Redis, version: int, config: TenantConfig, tier: Plan = "enterprise"
) -> None:
    """As the gateway does."""
    state = TenantState(tenant_id=TENANT, name="Demo", tier=tier, version=version, config=config)
    await publish_newer(redis, config_key(TENANT), version=version, body=state.model_dump_json())


async def asked(router: Router, turn: str) -> AnswerCompleted:
    await router.finds(found(PASSAGE, turn=turn))
    (answer,) = await router.take(a_turn(turn=turn), now())
    assert isinstance(answer, AnswerCompleted)
    return answer


async def test_new_instructions_reach_the_models_within_seconds_and_nothing_else(
    router: Router, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await configure(redis, 1, TenantConfig(instructions=FIRST))
    said = [await asked(router, "turn 0")]
    assert router.models.asked[-1].tenant_policy.instructions == FIRST

    await configure(redis, 2, TenantConfig(instructions=SECOND))
    async with asyncio.timeout(FRESH_S + 5):
        while router.models.asked[-1].tenant_policy.instructions != SECOND:
            said.append(await asked(router, f"turn {len(said)}"))

    told = [one.model_dump_json() for one in (*said, *await feed_of(redis))]
    for words in (FIRST, SECOND):
        assert words not in caplog.text
        assert not [one for one in told if words in one]


async def test_the_tenants_policy_chooses_the_tier_and_the_answer_says_why(
    router: Router, redis: Redis
) -> None:
    tiers = tuple(Tier(name, ("test:model",)) for name in ("small", "middle", "large"))
    router.deps = replace(router.deps, policy=ModelPolicy(tiers))
    await configure(redis, 1, TenantConfig(policy="weighted", weights=(0, 0, 100)))
    answer = await asked(router, "turn")
    (attempt,) = answer.attempts
    assert attempt.tier == "large"
    assert attempt.why.startswith("weighted, score ")


@pytest.mark.parametrize(("tier", "most"), [("free", 3), ("professional", 5), ("enterprise", 10)])
async def test_an_answer_stands_on_no_more_passages_than_the_tier_allows(
    router: Router, redis: Redis, tier: Plan, most: int
) -> None:
    await configure(redis, 1, TenantConfig(), tier)
    error = [a_passage(f"E-4012: way {n}.", document=f"errors {n}.md") for n in range(9)]
    plain = [a_passage(f"Plan {n}.", document=f"plans {n}.md") for n in range(most)]
    router.passage_search.passages = error
    await router.finds(found(*plain))
    await router.sees(described(5_000, "Error E-4012: tax number not valid"))
    await router.take(a_turn("how do I fix this error", screen_at_ms=5_000), now())
    given = router.models.evidence.passages
    assert len(given) == most
    # What the screen asks for comes first, and leaves room for what was found.
    assert given[0] == error[0]
    assert given[-1] in plain
