"""Captions of frames: the real client libraries, the tenant's account, the providers' protocols."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from cli.fakes.journal import Call
from cli.fakes.providers import FakeProviders, fake_providers
from contracts.fact import Envelope
from contracts.media import FrameKept
from contracts.usage import UsageIncurred
from hosted_models.breakers import RedisBreakers
from hosted_models.calls import MAX_PICTURE_BYTES
from hosted_models.clients import HostedClients
from runtime.blobs import Blob
from runtime.clock import SystemClock
from spending import Accounts, Model, OwnPrice, Quantity, Spending, price
from spending.account_keys import account_key
from support.bus import a_frame
from support.eventually import eventually
from support.router.hosted import MODELS, connection_to
from vision_worker.adapters.metered_captions import MeteredCaptions

# The client libraries take seconds to import, so they are shared by the module.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(90),
    pytest.mark.asyncio(loop_scope="module"),
]

PICTURE = Blob(b"\xff\xd8\xff\xe0 not really", "image/jpeg")
TOLD = "A bar chart that falls from left to right."
OWN_PRICES = {"openai-compatible": OwnPrice(Decimal(1), Decimal(2))}
GOOGLE, OPENAI = f"google:{MODELS['google']}", f"openai:{MODELS['openai']}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fake() -> AsyncIterator[FakeProviders]:
    async with fake_providers() as fake:
        yield fake


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(fake: FakeProviders) -> AsyncIterator[HostedClients]:
    connections = {provider: connection_to(provider, fake.url) for provider in MODELS}
    async with HostedClients(connections) as clients:
        yield clients


@dataclass
class Describing:
    """Frames of one tenant with an account, and what came of them."""

    redis: Redis
    fake: FakeProviders
    clients: HostedClients
    event: Envelope[FrameKept] = field(default_factory=a_frame)
    stated: list[UsageIncurred] = field(default_factory=list[UsageIncurred])
    before: int = 0

    def __post_init__(self) -> None:
        self.before = len(self.fake.calls)

    async def caption(
        self,
        *models: str,
        language: str = "en",
        timeout_s: float = 8.0,
        picture: Blob = PICTURE,
    ) -> str | None:
        clock = SystemClock()
        spending = Spending(
            "vision-worker", Accounts(self.redis), self._publish, clock, own_prices=OWN_PRICES
        )
        breakers = RedisBreakers(self.redis)
        captions = MeteredCaptions(
            models, self.clients, breakers, spending, clock, timeout_s=timeout_s
        )
        return await captions.caption(self.event, picture, language)

    @property
    def calls(self) -> Sequence[Call]:
        return self.fake.calls[self.before :]

    async def account(self) -> dict[bytes, bytes]:
        # redis-py types replies for both of its protocols at once.
        redis: Any = self.redis
        return await redis.hgetall(account_key(self.event.tenant_id))

    async def _publish(self, event: Envelope[UsageIncurred]) -> None:
        self.stated.append(event.data)


@pytest_asyncio.fixture(loop_scope="module")
async def describing(
    valkey_url: str, fake: FakeProviders, clients: HostedClients
) -> AsyncIterator[Describing]:
    client = Redis.from_url(valkey_url)  # pyright: ignore[reportUnknownMemberType] - untyped
    async with client as redis:
        await cast("Any", redis).flushall()  # untyped
        made = Describing(redis, fake, clients)
        await Accounts(redis).make(made.event.tenant_id)
        yield made


@pytest.mark.parametrize("provider", sorted(MODELS))
async def test_a_provider_gets_the_picture_and_is_paid_what_it_measured(
    describing: Describing, provider: str
) -> None:
    model = f"{provider}:{MODELS[provider]}"
    describing.fake.script(provider, f"tokens_in=1500,tokens_out=30,text={TOLD}")
    assert await describing.caption(model, language="ja") == TOLD
    (call,) = describing.calls
    assert call.pictures == 1
    assert '"ja"' in json.dumps(call.body).replace("\\", "")
    (used,) = describing.stated
    assert (used.kind, used.service, used.confirmed) == ("vision", "vision-worker", True)
    assert f"{used.provider}:{used.model}" == model
    assert (used.tokens_in, used.tokens_out) == (1500, 30)
    quantity, now = Quantity.tokens(1500, 30), SystemClock().now()
    cost = price(Model(provider, MODELS[provider]), quantity, now, OWN_PRICES)
    assert used.cost_usd == cost.usd > 0
    account = await describing.account()
    assert Decimal((account.get(b"held") or b"0").decode()) == 0
    assert Decimal(account[b"spent"].decode()) / 10**9 == cost.usd


async def test_a_budget_that_is_used_up_asks_nobody(describing: Describing) -> None:
    redis: Any = describing.redis
    await redis.hset(account_key(describing.event.tenant_id), "limit", "1")
    assert await describing.caption(GOOGLE, OPENAI) is None
    assert describing.calls == []
    assert describing.stated == []


async def test_without_an_account_nobody_is_asked(describing: Describing) -> None:
    await describing.redis.delete(account_key(describing.event.tenant_id))
    assert await describing.caption(GOOGLE) is None
    assert describing.calls == []


@pytest.mark.parametrize(
    "script",
    [
        "status=401",
        "status=404",
        "status=429,retry_after=3",
        "status=529",
        "filtered=1",
        "malformed=shape",
        "cut=1",
        "end=1",
        "text=",
    ],
)
async def test_where_one_fails_the_next_is_asked(describing: Describing, script: str) -> None:
    describing.fake.script("google", script)
    describing.fake.script("openai", f"text={TOLD}")
    assert await describing.caption(GOOGLE, OPENAI) == TOLD
    assert [call.provider for call in describing.calls] == ["google", "openai"]
    assert len(describing.stated) == 2


async def test_where_all_fail_there_is_no_caption(describing: Describing) -> None:
    for provider in ("google", "openai"):
        describing.fake.script(provider, "status=503")
    assert await describing.caption(GOOGLE, OPENAI) is None
    assert [used.cost_usd for used in describing.stated] == [0, 0]


async def test_a_slow_one_is_left_in_time_and_its_connection_closed(
    describing: Describing,
) -> None:
    describing.fake.script("google", "gap=5")
    began = SystemClock().monotonic()
    assert await describing.caption(GOOGLE, timeout_s=1.0) is None
    assert SystemClock().monotonic() - began < 4
    (call,) = describing.calls
    assert await eventually(lambda: call.ended, equals="client_gone")
    assert len(describing.stated) == 1


async def test_one_that_keeps_failing_is_left_alone_as_the_router_leaves_it(
    describing: Describing,
) -> None:
    await RedisBreakers(describing.redis).failed(GOOGLE, "no_access")
    describing.fake.script("openai", f"text={TOLD}")
    assert await describing.caption(GOOGLE, OPENAI) == TOLD
    assert [call.provider for call in describing.calls] == ["openai"]
    await RedisBreakers(describing.redis).failed(OPENAI, "rate_limited", 60)
    assert await describing.caption(GOOGLE, OPENAI) is None
    assert len(describing.calls) == 1


async def test_a_call_that_is_left_closes_its_connection_and_is_paid(
    describing: Describing,
) -> None:
    describing.fake.script("openai", f"gap=2,text={TOLD}")
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(describing.caption(OPENAI))
        await eventually(lambda: [call.tokens_sent > 0 for call in describing.calls] == [True])
        asking.cancel()
    (call,) = describing.calls
    assert await eventually(lambda: call.ended, equals="client_gone")
    account = await describing.account()
    assert describing.stated or Decimal(account[b"held"].decode()) > 0


async def test_a_picture_that_no_provider_takes_is_not_sent(describing: Describing) -> None:
    large = Blob(b"x" * (MAX_PICTURE_BYTES + 1), "image/jpeg")
    assert await describing.caption(GOOGLE, picture=large) is None
    assert describing.calls == []


async def test_a_library_may_be_loaded_when_it_is_asked_for_first(
    describing: Describing,
) -> None:
    connections = {"google": connection_to("google", describing.fake.url)}
    describing.fake.script("google", f"text={TOLD}")
    async with HostedClients(connections, at_once=False) as describing.clients:
        assert await describing.caption(GOOGLE) == TOLD


async def test_no_content_and_no_key_is_logged(
    describing: Describing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for script in (f"text={TOLD}", "status=500", "malformed=json"):
        describing.fake.script("google", script)
        await describing.caption(GOOGLE)
    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert TOLD not in logged
    assert "Describe this screen" not in logged
    assert "sk-" not in logged
