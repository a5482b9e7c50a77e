"""Money around the models: held before a call, settled after it, whatever becomes of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest
from redis.asyncio import Redis

from answering.evidence import Evidence
from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from contracts.usage import UsageIncurred
from llm_router.adapters.metered_models import MeteredModels
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Ask, start
from llm_router.ports import CallScope, Run, Turn
from runtime.clock import SystemClock
from spending import Accounts, Spending
from support.eventually import eventually
from support.router.routers import ScriptedModels
from support.router.turns import SESSION, TENANT, a_turn, enveloped

pytestmark = pytest.mark.integration
LOCAL = ModelPolicy((Tier("offline", ("local:extractive-minilm",)),))
AT = datetime(2026, 11, 28, tzinfo=UTC)


class Metered:
    """Models in the test's hand, metered; and what was stated."""

    def __init__(self, redis: Redis) -> None:
        self.stated: list[UsageIncurred] = []
        self.inner = ScriptedModels()
        clock = SystemClock()
        spending = Spending("llm-router", Accounts(redis), self._publish, clock)
        self.models = MeteredModels(self.inner, spending, clock)

    async def ask(self) -> Reply | Failure:
        event = cast("Envelope[TurnTaken]", enveloped(a_turn()))
        turn = Turn(event, SESSION, "1-0", AT, AT + timedelta(seconds=8))
        asked = start(event.data, QuestionNeeds(), Evidence(), LOCAL, 8_000, TenantPolicy())
        assert isinstance(asked, Ask)
        return await self.models.ask(asked, CallScope(Run(turn, 1), timedelta(seconds=8)))

    async def _publish(self, event: Envelope[UsageIncurred]) -> None:
        self.stated.append(event.data)


@pytest.fixture
def metered(redis: Redis) -> Metered:
    return Metered(redis)


async def test_what_a_call_used_is_stated_and_priced(metered: Metered, redis: Redis) -> None:
    await Accounts(redis).make(TENANT)
    metered.inner.replies = [Reply("Yes.", tokens_in=30, tokens_out=2, cost_usd=Decimal(9))]
    reply = await metered.ask()
    (used,) = metered.stated
    assert (used.kind, used.provider, used.model) == ("llm", "local", "extractive-minilm")
    assert (used.tokens_in, used.tokens_out, used.confirmed) == (30, 2, True)
    assert reply.cost_usd == used.cost_usd == 0


async def test_a_failure_is_settled_by_what_it_used(metered: Metered, redis: Redis) -> None:
    await Accounts(redis).make(TENANT)
    metered.inner.replies = [Failure("timeout")]
    reply = await metered.ask()
    assert isinstance(reply, Failure)
    assert reply.reason == "timeout"
    assert [used.quantity for used in metered.stated] == [0]


async def test_without_an_account_no_model_is_asked(metered: Metered) -> None:
    reply = await metered.ask()
    assert isinstance(reply, Failure)
    assert reply.reason == "budget"
    assert metered.inner.asked == []
    assert metered.stated == []


async def test_a_local_call_that_is_left_is_settled_with_nothing(
    metered: Metered, redis: Redis
) -> None:
    await Accounts(redis).make(TENANT)
    metered.inner.hold = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(metered.ask())
        await eventually(lambda: len(metered.inner.asked) == 1)
        asking.cancel()
    assert asking.cancelled()
    assert [used.quantity for used in metered.stated] == [0]
