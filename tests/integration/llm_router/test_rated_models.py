"""What a plan allows of hosted models in a minute, as the router's processes share it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast

import pytest
from redis.asyncio import Redis

from answering.evidence import Evidence, Frame
from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from contracts.ids import TenantId
from contracts.media import BlobRef
from contracts.tenants import ModelRate
from hosted_models.calls import CallProgress
from llm_router.adapters.rated_models import RatedModels, upper_tokens
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.results import refused
from llm_router.domain.routing import Tier
from llm_router.domain.turn import Ask, Refused, judge
from llm_router.ports import CallScope, Run, Turn
from runtime.clock import SystemClock
from runtime.rates import SlidingWindows, model_windows, sliding_windows
from support.eventually import eventually
from support.router.asks import an_ask
from support.router.routers import ScriptedModels
from support.router.turns import SESSION, TENANT, a_turn, described, enveloped

pytestmark = pytest.mark.integration
AT = datetime(2026, 11, 28, tzinfo=UTC)
PICTURE = BlobRef(key="k", media_type="image/jpeg", size_bytes=9, sha256="0" * 64)
OUR_OWN = Tier("offline", ("local:extractive-minilm",))
RUNS = count(1)
ONE = upper_tokens(an_ask(Evidence()))
"""Held for a question without evidence."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a Redis that is slow is not one that is away."""
    monkeypatch.setattr(sliding_windows, "ASK_TIMEOUT_S", 20)


class Router:
    """One process's models under a rate; what they are asked goes to `inner`."""

    def __init__(self, redis: Redis, *, requests: int = 100, tokens: int = 10 * ONE) -> None:
        self.rate = ModelRate(requests=requests, tokens=tokens)
        self.inner = ScriptedModels()
        self.windows = SlidingWindows(redis, SystemClock())
        self._models = RatedModels(self.inner, self.windows, self._rate_of)

    async def ask(
        self,
        asked: Ask | None = None,
        progress: CallProgress | None = None,
        cap: int | None = None,
    ) -> object:
        event = cast("Envelope[TurnTaken]", enveloped(a_turn()))
        turn = Turn(event, SESSION, "1-0", AT, AT + timedelta(seconds=8))
        scope = CallScope(
            Run(turn, next(RUNS)), timedelta(seconds=8), progress or CallProgress(), cap
        )
        return await self._models.ask(asked or an_ask(Evidence()), scope)

    async def left(self) -> tuple[int, int]:
        """Requests and tokens."""
        requests, tokens = await self.windows.look(*model_windows(TENANT, self.rate, tokens=0))
        return requests.left, tokens.left

    async def _rate_of(self, tenant_id: TenantId) -> ModelRate:
        return self.rate


async def test_what_was_held_becomes_what_was_used(redis: Redis) -> None:
    router = Router(redis)
    router.inner.replies = [Reply("Yes.", tokens_in=300, tokens_out=20)]
    assert isinstance(await router.ask(), Reply)
    assert await router.left() == (99, 10 * ONE - 320)


async def test_beyond_the_requests_of_a_minute_no_router_asks_and_the_wait_is_told(
    redis: Redis,
) -> None:
    one, other = Router(redis, requests=2), Router(redis, requests=2)
    assert isinstance(await one.ask(), Reply)
    assert isinstance(await other.ask(), Reply)
    refusal = await one.ask()
    assert isinstance(refusal, Failure)
    assert refusal.reason == "rate"
    assert 50 <= (refusal.retry_after_s or 0) <= 60
    assert len(one.inner.asked) + len(other.inner.asked) == 2


async def test_calls_that_run_at_once_hold_their_tokens(redis: Redis) -> None:
    routers = [Router(redis, tokens=3 * ONE) for _ in range(2)]
    for router in routers:
        router.inner.hold = asyncio.Event()

    async def let_go() -> None:
        await eventually(lambda: sum(len(router.inner.asked) for router in routers) == 3)
        for router in routers:
            cast("asyncio.Event", router.inner.hold).set()

    *replies, _ = await asyncio.gather(*(routers[at % 2].ask() for at in range(8)), let_go())
    failures = [reply for reply in replies if isinstance(reply, Failure)]
    assert [failure.reason for failure in failures] == ["rate"] * 5
    assert await routers[0].left() == (97, 3 * ONE)


async def test_models_of_our_own_are_not_limited(redis: Redis) -> None:
    router = Router(redis, requests=1, tokens=1)
    local = an_ask(Evidence())
    local = replace(local, policy=replace(local.policy, tiers=(OUR_OWN,)))
    assert all([isinstance(await router.ask(local), Reply) for _ in range(3)])
    assert await router.left() == (1, 1)


async def test_a_call_that_may_write_little_holds_little(redis: Redis) -> None:
    router, cap = Router(redis, tokens=ONE - 1), 10
    router.inner.hold = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(router.ask(cap=cap))
        await eventually(lambda: len(router.inner.asked) == 1)
        held = upper_tokens(an_ask(Evidence()), cap)
        assert await router.left() == (99, ONE - 1 - held)
        router.inner.hold.set()
    assert isinstance(asking.result(), Reply)


@pytest.mark.parametrize("answers", [True, False])
async def test_a_call_that_is_left_takes_what_it_said_or_all_that_was_held(
    redis: Redis, answers: bool
) -> None:
    router, progress = Router(redis), CallProgress()
    router.inner.hold = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(router.ask(progress=progress))
        await eventually(lambda: len(router.inner.asked) == 1)
        progress.sent(200)
        if answers:
            progress.received(7)
        asking.cancel()
    assert await router.left() == (99, 10 * ONE - (207 if answers else ONE))


async def test_pictures_that_no_minute_holds_stay_at_home_the_oldest_first(redis: Redis) -> None:
    shown = [replace(Frame.of(described(at, "Total 12")), picture=PICTURE) for at in range(5)]
    asked = an_ask(Evidence(frames=tuple(shown)))
    router = Router(redis, tokens=upper_tokens(asked) - 4_000)
    assert isinstance(await router.ask(asked), Reply)
    pictures = [frame.picture is not None for frame in router.inner.evidence.frames]
    assert pictures == [False, False, True, True, True]


async def test_a_question_that_no_minute_holds_is_refused_in_words(redis: Redis) -> None:
    router, asked = Router(redis, tokens=ONE - 1), an_ask(Evidence())
    reply = await router.ask(asked)
    assert reply == Failure("rate")
    step = judge(asked, cast("Failure", reply))
    assert isinstance(step, Refused)
    refusal = refused(asked.turn, step, {}, language="en")
    assert (refusal.reason, refusal.retry_after_s) == ("busy", None)
    assert "shorter" in refusal.text


def test_a_refusal_tells_the_wait_in_the_tenants_language() -> None:
    asked = an_ask(Evidence(), channel="voice")
    step = judge(asked, Failure("rate", retry_after_s=41))
    assert isinstance(step, Refused)
    refusal = refused(asked.turn, step, {}, language="de")
    assert (refusal.reason, refusal.retry_after_s) == ("busy", 41)
    assert "in 41 Sekunden" in refusal.text


def test_a_weaker_answer_is_given_where_the_plan_keeps_a_stronger_one_from_being_asked() -> None:
    stronger = judge(an_ask(Evidence()), Reply("Perhaps $49.", support=0.1))
    assert isinstance(stronger, Ask)
    ended = judge(stronger, Failure("rate", retry_after_s=41))
    assert not isinstance(ended, Ask | Refused)
    assert ended.reply.text == "Perhaps $49."
