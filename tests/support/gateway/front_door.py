"""A gateway on a port of its own, with tenants to call it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from redis.asyncio import Redis

from cli.provisioning.tenants import key_file, provision_tenant
from contracts.fact import Envelope, Fact
from contracts.streams import stream_key
from gateway.main import build
from gateway.settings import GatewaySettings
from runtime.bus import provision_streams
from runtime.bus.envelopes import BODY, envelope_class
from runtime.clock import SystemClock
from runtime.ids import new_id
from support.eventually import eventually
from support.servers import as_service


@dataclass(frozen=True)
class FrontDoor:
    """A running gateway.

    Attributes:
        url: where it listens.
        keys: of the two tenants, `a` and `b`.
        tenants: their slugs.
        redis: a client of its Redis; replies are bytes.
        files: its file store, a folder by tenant.
    """

    url: str
    keys: dict[str, str]
    tenants: dict[str, str]
    redis: Redis
    files: Path

    def client(self, tenant: str | None) -> httpx.AsyncClient:
        """Calls on behalf of a tenant; None: without a key."""
        headers = {} if tenant is None else {"Authorization": f"Bearer {self.keys[tenant]}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10)

    async def stated(self, fact: type[Fact]) -> list[Envelope[Any]]:
        """What stands in the fact's stream, oldest first."""
        entries: Any = await self.redis.xrange(stream_key(fact.event_type, 0))
        parse = envelope_class(fact).model_validate_json
        return [parse(fields[BODY]) for _, fields in entries]


@asynccontextmanager
async def front_door(
    servers: tuple[str, str, str], redis: Redis, folder: Path, **settings: Any
) -> AsyncGenerator[FrontDoor]:
    """Run a gateway for the length of the block, with two new tenants, `a` and `b`.

    Args:
        servers: address of the admin's PostgreSQL, of the gateway's login, and of Redis.
        redis: a client of that Redis.
        folder: for files and keys.
        settings: of GatewaySettings, beside what it needs to run here.
    """
    admin_url, database_url, redis_url = servers
    await provision_streams(redis)
    keys: dict[str, str] = {}
    tenants: dict[str, str] = {}
    for tenant in "ab":
        slug = tenants[tenant] = f"{tenant}-{new_id().hex[-12:]}"
        await provision_tenant(admin_url, redis_url, folder, slug)
        keys[tenant] = key_file(folder, slug).read_text().strip()
    port_file = folder / "port"
    service = build(
        GatewaySettings(
            redis_url=as_service(redis_url, "gateway"),
            database_url=SecretStr(database_url),
            files_dir=folder / "files",
            service_token=SecretStr("test"),
            port_file=port_file,
            drain_s=1,
            **settings,
        ),
        SystemClock(),
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(service.run(stop))
        try:
            await eventually(lambda: running.done() or port_file.exists())
            if running.done():
                await running
            url = f"http://127.0.0.1:{port_file.read_text()}"
            async with httpx.AsyncClient() as client:
                await eventually(lambda: _is_ready(client, url))
            yield FrontDoor(url, keys, tenants, redis, folder / "files")
        finally:
            stop.set()


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/health/ready")).is_success
    except httpx.TransportError:
        return False
