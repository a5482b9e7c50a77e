"""Breakers on a real Valkey, as two replicas share them; its clock is set on by the keys' times."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast, get_args

import pytest
from redis.asyncio import Redis

from answering.evidence import Evidence
from hosted_models.breakers import COUNTED, ENOUGH, FAIR_TIMEOUT, LONG, WAIT, RedisBreakers
from hosted_models.calls import FailureReason
from llm_router.adapters.guarded_models import GuardedModels
from llm_router.domain.failing import NotAsked
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Ask, start
from llm_router.ports import CallScope, Run
from runtime.redis_client import reply_of
from support.router.turns import a_turn

pytestmark = pytest.mark.integration
MODEL = "anthropic:claude-haiku-5-5"
KEY = f"breaker:{{{MODEL}}}"
GOOD = Reply("Yes.")
DOWN = Failure("unavailable")


@dataclass
class Provider:
    """Answers as it is told; counts what reaches it."""

    reply: Reply | Failure = GOOD
    hold: asyncio.Event | None = None
    calls: int = 0
    reached: asyncio.Queue[None] = field(default_factory=asyncio.Queue[None])

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        self.calls += 1
        self.reached.put_nowait(None)
        if self.hold:
            await self.hold.wait()
        return self.reply


@dataclass
class Replica:
    redis: Redis
    provider: Provider
    guarded: GuardedModels = field(init=False)

    def __post_init__(self) -> None:
        self.guarded = GuardedModels(self.provider, RedisBreakers(self.redis))

    async def ask(
        self, model: str = MODEL, limit: timedelta = timedelta(seconds=8)
    ) -> Reply | Failure:
        step = start(
            a_turn(),
            QuestionNeeds(),
            Evidence(),
            ModelPolicy((Tier("only", (model,)),)),
            8_000,
            TenantPolicy(),
        )
        assert isinstance(step, Ask)
        return await self.guarded.ask(step, CallScope(cast("Run", None), limit))

    async def fail(self, *failures: Failure) -> None:
        for failure in failures:
            self.provider.reply = failure
            assert await self.ask() == failure
        self.provider.reply = GOOD


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def replica(redis: Redis, provider: Provider) -> Replica:
    return Replica(redis, provider)


async def later(redis: Redis, span: timedelta) -> None:
    """As if so much time had gone by: the times that the breaker holds are so much earlier."""
    row = cast("dict[bytes, bytes]", await reply_of(redis.hgetall(KEY)))
    earlier = {
        name: int(float(value)) - int(span.total_seconds() * 1000)
        for name, value in row.items()
        if name in (b"until", b"trial", b"since")
    }
    await reply_of(redis.hset(KEY, mapping=cast("dict[Any, Any]", earlier)))


async def test_a_model_that_fails_again_and_again_is_left_alone_by_every_replica(
    redis: Redis, replica: Replica, provider: Provider
) -> None:
    await replica.fail(*[DOWN] * ENOUGH)
    reply = await Replica(redis, provider).ask()

    assert isinstance(reply, NotAsked)
    assert reply.reason == "unavailable"
    assert reply.retry_after_s is not None
    assert 0 < reply.retry_after_s <= WAIT.total_seconds()
    assert provider.calls == ENOUGH


async def test_another_model_of_the_same_provider_is_asked_all_the_same(replica: Replica) -> None:
    await replica.fail(*[DOWN] * ENOUGH)

    assert await replica.ask("anthropic:claude-sonnet-5-5") == GOOD


async def test_failures_that_are_not_in_a_row_or_lie_far_apart_do_not_open_it(
    redis: Redis, replica: Replica
) -> None:
    await replica.fail(*[DOWN] * (ENOUGH - 1))
    assert await replica.ask() == GOOD
    await replica.fail(*[DOWN] * (ENOUGH - 1))
    await later(redis, timedelta(seconds=31))
    await replica.fail(DOWN)

    assert await replica.ask() == GOOD


async def test_a_provider_that_says_how_long_is_left_alone_at_once_until_then(
    redis: Redis, replica: Replica, provider: Provider
) -> None:
    await replica.fail(Failure("rate_limited", retry_after_s=20))
    await later(redis, timedelta(seconds=15))
    reply = await replica.ask()
    assert isinstance(reply, NotAsked)
    assert reply.retry_after_s == pytest.approx(5, abs=0.9)

    await later(redis, timedelta(seconds=6))
    assert await replica.ask() == GOOD
    assert provider.calls == 2


@pytest.mark.parametrize("reason", ["no_access", "no_model"])
async def test_what_only_a_person_can_mend_is_left_alone_for_an_hour_with_one_warning(
    reason: FailureReason, redis: Redis, replica: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    others = [Replica(redis, replica.provider) for _ in range(3)]
    replica.provider.reply, replica.provider.hold = Failure(reason), asyncio.Event()
    with caplog.at_level(logging.WARNING):
        async with asyncio.TaskGroup() as tasks:
            for one in (replica, *others):
                tasks.create_task(one.ask())
                await replica.provider.reached.get()
            replica.provider.hold.set()
        reply = await replica.ask()

    assert isinstance(reply, NotAsked)
    assert reply.retry_after_s == pytest.approx(LONG.total_seconds(), abs=60)
    assert [one.msg for one in caplog.records] == ["model.left_alone"]
    assert vars(caplog.records[0])["reason"] == reason


async def test_when_the_time_is_up_one_caller_tries_and_the_others_wait_for_it(
    redis: Redis, replica: Replica, provider: Provider
) -> None:
    await replica.fail(*[DOWN] * ENOUGH)
    await later(redis, WAIT)
    provider.hold = asyncio.Event()
    provider.reached = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        trial = tasks.create_task(replica.ask())
        await provider.reached.get()
        assert isinstance(await Replica(redis, provider).ask(), NotAsked)
        provider.hold.set()
    assert trial.result() == GOOD
    assert await Replica(redis, provider).ask() == GOOD
    assert await reply_of(redis.exists(KEY)) == 0


async def test_a_trial_that_fails_makes_the_next_wait_longer(
    redis: Redis, replica: Replica
) -> None:
    await replica.fail(*[DOWN] * ENOUGH)
    await later(redis, WAIT)
    await replica.fail(DOWN)
    reply = await replica.ask()

    assert isinstance(reply, NotAsked)
    assert reply.retry_after_s == pytest.approx(2 * WAIT.total_seconds(), abs=2)


async def test_a_late_success_does_not_end_what_the_provider_asked_for(
    redis: Redis, replica: Replica, provider: Provider
) -> None:
    provider.hold = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(replica.ask())
        await provider.reached.get()
        await Replica(redis, Provider(Failure("rate_limited", retry_after_s=30))).ask()
        provider.hold.set()
    assert slow.result() == GOOD

    assert isinstance(await replica.ask(), NotAsked)


async def test_a_cancelled_call_and_a_weak_answer_count_for_nothing(
    redis: Redis, replica: Replica, provider: Provider
) -> None:
    for _ in range(2 * ENOUGH):
        provider.hold = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            left = tasks.create_task(replica.ask())
            await provider.reached.get()
            left.cancel()
        assert left.cancelled()
    provider.hold, provider.reply = None, Reply("I don't know.", abstained=True, support=0.1)
    assert await replica.ask() == provider.reply
    assert await reply_of(redis.exists(KEY)) == 0


async def test_what_says_nothing_of_the_model_does_not_count(
    redis: Redis, replica: Replica
) -> None:
    for reason in set(get_args(FailureReason)) - COUNTED:
        await replica.fail(*[Failure(reason)] * (ENOUGH + 1))
    replica.provider.reply = Failure("timeout")
    for _ in range(ENOUGH + 1):
        await replica.ask(limit=FAIR_TIMEOUT / 2)

    assert await reply_of(redis.exists(KEY)) == 0


async def test_our_own_answerer_is_asked_however_often_it_fails(replica: Replica) -> None:
    replica.provider.reply = DOWN
    for _ in range(ENOUGH + 2):
        assert await replica.ask("local:extractive-minilm") == DOWN


async def test_every_breaker_is_gone_some_time_after_the_last_word_of_its_model(
    redis: Redis, replica: Replica
) -> None:
    await replica.fail(DOWN)
    assert 0 < await reply_of(redis.pttl(KEY)) <= 30_000
    await replica.fail(Failure("no_model"))
    assert LONG.total_seconds() < await reply_of(redis.ttl(KEY)) < 3 * LONG.total_seconds()
