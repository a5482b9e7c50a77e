"""An embedded cluster whose hosted providers are the fake, in this process."""

import asyncio
import time
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from anyio.from_thread import start_blocking_portal

from cli.cluster.child_cluster import StartOptions
from cli.cluster.connection import Cluster, use_cluster
from cli.fakes.providers import FakeProviders, fake_providers
from contracts.fact import Envelope, Fact
from contracts.ids import TenantId
from contracts.tenants import TenantConfig, TenantState, config_key
from providers.catalogue import BY_NAME
from runtime.redis_client import connect_redis
from spending import Accounts
from support.bus import bodies
from support.servers import private_data_dir

F = TypeVar("F", bound=Fact)
T = TypeVar("T")
TENANT = TenantId("demo")
MODELS = ("anthropic", "google", "openai")


@dataclass(frozen=True)
class RehearsedCluster:
    """The cluster, and who stands for the providers."""

    cluster: Cluster
    fake: FakeProviders

    def stated(self, fact: type[F]) -> list[Envelope[F]]:
        """What stands on a fact's stream, oldest first."""
        return asyncio.run(self._stated(fact))

    def held_usd(self) -> float:
        """Of the tenant's account, for calls that are not settled."""
        return asyncio.run(self._held())

    @contextmanager
    def slow_models(self, first_s: float) -> Generator[None]:
        """So long until each begins to answer."""
        with self._models(f"first={first_s}"):
            yield

    @contextmanager
    def no_models(self) -> Generator[None]:
        """All providers of models are down."""
        with self._models("status=503"):
            yield

    @contextmanager
    def _models(self, script: str) -> Generator[None]:
        for provider in MODELS:
            self.fake.always(provider, script)
        yield
        for provider in MODELS:
            self.fake.always(provider, "")

    async def config_of(self, tenant_id: TenantId) -> TenantConfig:
        """As every service is told it."""
        async with self.redis() as redis:
            told = await redis.get(config_key(tenant_id))
        return TenantState.model_validate_json(told).config

    async def _stated(self, fact: type[F]) -> list[Envelope[Any]]:
        async with self.redis() as redis:
            return await bodies(redis, fact)

    async def _held(self) -> float:
        async with self.redis() as redis:
            _spent, held = await Accounts(redis).spent_and_held(TENANT)
        return float(held)

    def redis(self) -> Any:
        """A client of the operator's."""
        assert self.cluster.redis_url is not None
        return connect_redis(self.cluster.redis_url, max_connections=2)


def until(look: Callable[[], T | None], timeout_s: float) -> T:
    """What is there, as soon as there is something that is not empty."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.2)
    return found


@contextmanager
def rehearsed_cluster(
    providers: Collection[str], settings: Mapping[str, str]
) -> Generator[RehearsedCluster]:
    """With keys of these providers, which are all at the fake."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(fake_providers()) as fake,
        private_data_dir() as data_dir,
    ):
        named = [BY_NAME[name] for name in providers]
        names = [name for one in named for name in (*one.key_variables, one.url_variable)]
        told = {name: fake.environment[name] for name in names}
        start = StartOptions(environment=told | {"OFFLINE": "false"} | dict(settings), alone=True)
        with use_cluster(data_dir, tenant=TENANT, make_tenant=True, start=start) as cluster:
            yield RehearsedCluster(cluster, fake)
