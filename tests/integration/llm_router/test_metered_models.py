"""Money around the models: held before a call, settled after it, whatever becomes of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest
from redis.asyncio import Redis

from answering.evidence import Evidence
from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from contracts.usage import UsageIncurred
from hosted_models.calls import CallProgress
from hosted_models.token_estimate import request_tokens
from llm_router.adapters.metered_models import MeteredModels
from llm_router.domain.model_request import MAX_OUTPUT_TOKENS, request_of
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Ask, start
from llm_router.ports import CallScope, Run, Turn
from runtime.clock import SystemClock
from spending import Accounts, Model, Quantity, Spending, price
from spending.account_keys import account_key, nano
from spending.averages import MIN_CALLS
from support.eventually import eventually
from support.router.routers import ScriptedModels
from support.router.turns import SESSION, TENANT, a_passage, a_turn, enveloped

pytestmark = pytest.mark.integration
LOCAL = ModelPolicy((Tier("offline", ("local:extractive-minilm",)),))
HOSTED = ModelPolicy((Tier("weak", ("anthropic:claude-haiku-5-5",)),))
HAIKU = Model("anthropic", "claude-haiku-5-5")
AT = datetime(2026, 11, 28, tzinfo=UTC)


class Metered:
    """Models in the test's hand, metered; and what was stated."""

    def __init__(self, redis: Redis) -> None:
        self.stated: list[UsageIncurred] = []
        self.progress = CallProgress()
        self.inner = ScriptedModels()
        clock = SystemClock()
        self._clock = clock
        self._spending = Spending(
            "llm-router", Accounts(redis), self._publish, clock, account_timeout_s=0
        )
        self.use(self.inner)

    def use(self, inner: ScriptedModels) -> None:
        self.inner = inner
        self.models = MeteredModels(inner, self._spending, self._clock)

    async def ask(
        self, policy: ModelPolicy = LOCAL, evidence: Evidence | None = None
    ) -> Reply | Failure:
        event = cast("Envelope[TurnTaken]", enveloped(a_turn()))
        turn = Turn(event, SESSION, "1-0", AT, AT + timedelta(seconds=8))
        given = evidence or Evidence()
        asked = start(event.data, QuestionNeeds(), given, policy, 8_000, TenantPolicy())
        assert isinstance(asked, Ask)
        self.progress = CallProgress()
        scope = CallScope(Run(turn, 1), timedelta(seconds=8), self.progress)
        return await self.models.ask(asked, scope)

    async def leave(self, *, after: Callable[[CallProgress], None]) -> None:
        """Ask a hosted model, and leave it when it has come so far."""
        self.inner.hold = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(self.ask(HOSTED))
            await eventually(lambda: len(self.inner.asked) == 1)
            after(self.progress)
            asking.cancel()
        assert asking.cancelled()

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


async def test_cached_tokens_are_priced_as_such(metered: Metered, redis: Redis) -> None:
    await Accounts(redis).make(TENANT)
    metered.inner.replies = [Reply("Yes.", tokens_in=9_000, tokens_cached=8_000, tokens_out=50)]
    reply = await metered.ask(HOSTED)
    (used,) = metered.stated
    assert (used.tokens_in, used.tokens_cached, used.tokens_out) == (9_000, 8_000, 50)
    # A million in 0.10 USD, cached 0.01, out 0.50.
    assert reply.cost_usd == used.cost_usd == Decimal("0.000205")


async def test_tokens_written_into_a_cache_are_priced_and_stated(
    metered: Metered, redis: Redis
) -> None:
    await Accounts(redis).make(TENANT)
    metered.inner.replies = [
        Reply("Yes.", tokens_in=9_000, tokens_cached=1_000, tokens_cache_written=8_000)
    ]
    reply = await metered.ask(HOSTED)
    (used,) = metered.stated
    assert used.tokens_cache_written == 8_000
    # A million written 0.125 USD, cached 0.01.
    assert reply.cost_usd == used.cost_usd == Decimal("0.00101")


async def test_the_hold_bears_a_prompt_that_is_all_written_into_a_cache(
    metered: Metered, redis: Redis
) -> None:
    await Accounts(redis).make(TENANT)
    metered.inner.hold = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(metered.ask(HOSTED))
        await eventually(lambda: len(metered.inner.asked) == 1)
        held = await held_nano(redis)
        asking.cancel()
    request = request_of(metered.inner.asked[0], sees_pictures=True)
    texts = (request.instructions, request.evidence, request.question)
    tokens = request_tokens(texts, len(request.pictures))
    most = Quantity.tokens(tokens, request.max_output_tokens, cache_written=tokens)
    assert held == nano(price(HAIKU, most, AT).usd)


async def test_a_failure_that_had_begun_costs_what_it_used(metered: Metered, redis: Redis) -> None:
    await Accounts(redis).make(TENANT)
    metered.inner.replies = [Failure("unavailable", tokens_in=1_000, tokens_out=10)]
    reply = await metered.ask(HOSTED)
    assert reply.cost_usd == Decimal("0.000105")


async def test_money_is_held_for_the_request_as_it_is(metered: Metered, redis: Redis) -> None:
    await Accounts(redis).make(TENANT)
    held: list[int] = []
    metered.inner.hold = asyncio.Event()
    for evidence in (Evidence(), Evidence((a_passage("word " * 10_000),))):
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(metered.ask(HOSTED, evidence))
            await eventually(lambda: len(metered.inner.asked) == len(held) + 1)
            held.append(await held_nano(redis))
            asking.cancel()
    assert held[1] > held[0] + 100_000  # 1,000 tokens more in, at 0.10 USD a million
    # All 1,200 tokens that may come back, at 0.50 USD a million.
    assert held[0] > 600_000


async def test_a_call_that_is_left_is_charged_by_what_was_heard_of_it(
    metered: Metered, redis: Redis
) -> None:
    await Accounts(redis).make(TENANT)

    def begun(progress: CallProgress) -> None:
        progress.sent(2_000)
        progress.received(30)

    await metered.leave(after=begun)
    (used,) = metered.stated
    assert (used.tokens_in, used.tokens_out) == (2_000, 30)
    expected = price(HAIKU, Quantity.tokens(2_000, 30), AT)
    assert used.cost_usd == expected.usd
    assert await held_nano(redis) == 0


async def test_of_a_call_that_is_left_before_a_word_the_whole_hold_stays(
    metered: Metered, redis: Redis
) -> None:
    await Accounts(redis).make(TENANT)
    await metered.leave(after=lambda progress: progress.sent(2_000))
    assert metered.stated == []
    assert await held_nano(redis) > 0


async def test_a_call_that_was_never_sent_costs_nothing(metered: Metered, redis: Redis) -> None:
    await Accounts(redis).make(TENANT)
    await metered.leave(after=lambda _: None)
    assert [used.cost_usd for used in metered.stated] == [0]
    assert await held_nano(redis) == 0


@dataclass
class Talkative(ScriptedModels):
    """Writes as many tokens as it wants to, unless it is cut off; remembers its limits."""

    wants: int = 200
    tokens_in: int = 300
    caps: list[int] = field(default_factory=list[int])

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        self.caps.append(scope.max_output_tokens or 0)
        written = min(self.wants, self.caps[-1])
        whole = written == self.wants
        reply = await super().ask(asked, scope)
        text = "Yes." if whole else "Ye"
        return replace(reply, text=text, tokens_in=self.tokens_in, tokens_out=written)


@pytest.fixture
async def talkative(metered: Metered, redis: Redis) -> Talkative:
    """Known by as many calls as it takes to know a model."""
    await Accounts(redis).make(TENANT)
    talkative = Talkative()
    metered.use(talkative)
    for _ in range(MIN_CALLS):
        await metered.ask(HOSTED)
    assert talkative.caps == [MAX_OUTPUT_TOKENS] * MIN_CALLS
    return talkative


async def test_a_known_model_may_write_what_it_wrote_before_and_that_is_held(
    metered: Metered, talkative: Talkative, redis: Redis
) -> None:
    talkative.hold = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(metered.ask(HOSTED))
        await eventually(lambda: len(talkative.caps) == MIN_CALLS + 1)
        held = await held_nano(redis)
        talkative.hold.set()
    assert isinstance(asking.result(), Reply)
    assert 200 < talkative.caps[-1] < 240
    spent = metered.stated[-1].cost_usd * 1_000_000_000
    assert spent < held < spent * Decimal("1.2")


async def test_a_reply_that_is_cut_off_is_asked_for_once_more_with_the_whole_bound(
    metered: Metered, talkative: Talkative
) -> None:
    talkative.wants = 700
    reply = await metered.ask(HOSTED)
    assert isinstance(reply, Reply)
    assert reply.text == "Yes."
    cut_off, whole = metered.stated[-2:]
    assert talkative.caps[-1] == MAX_OUTPUT_TOKENS
    assert (cut_off.tokens_out, whole.tokens_out) == (talkative.caps[-2], 700)
    assert cut_off.usage_id != whole.usage_id
    assert reply.cost_usd == cut_off.cost_usd + whole.cost_usd
    assert (reply.tokens_in, reply.tokens_out) == (600, talkative.caps[-2] + 700)
    # What came is what is known now: the next such reply is not cut off.
    await metered.ask(HOSTED)
    assert talkative.caps[-1] > 700


async def test_a_call_that_costs_more_than_was_held_makes_its_model_unknown(
    metered: Metered, talkative: Talkative
) -> None:
    talkative.tokens_in = 3_000
    await metered.ask(HOSTED)
    await metered.ask(HOSTED)
    assert talkative.caps[-2] < MAX_OUTPUT_TOKENS == talkative.caps[-1]


async def test_a_reply_that_never_ends_is_asked_for_twice_and_no_more(
    metered: Metered, talkative: Talkative
) -> None:
    talkative.wants = 100_000
    await metered.ask(HOSTED)
    assert len(talkative.caps) == MIN_CALLS + 2
    assert talkative.caps[-1] == MAX_OUTPUT_TOKENS


async def held_nano(redis: Redis) -> int:
    return int(await redis.hget(account_key(TENANT), "held") or 0)
