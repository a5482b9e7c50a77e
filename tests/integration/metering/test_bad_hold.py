"""The service as it is built goes on sweeping whatever stands among the holds."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
from pydantic import SecretStr
from redis.asyncio import Redis

from contracts.ids import TenantId
from metering.main import build
from metering.settings import MeteringSettings
from runtime.bus import Publisher, provision_streams
from runtime.clock import SystemClock
from spending import Accounts, Call, Model, Quantity, Spending
from support.bus import a_turn
from support.eventually import eventually
from support.servers import as_service

ACME = TenantId("acme")
FLASH = Model("google", "gemini-2.5-flash-lite")


async def test_one_unreadable_hold_ends_no_service_and_the_others_are_swept(
    redis: Redis, valkey_url: str, service_urls: dict[str, str], tmp_path: Path
) -> None:
    await provision_streams(redis)
    accounts, clock = Accounts(redis), SystemClock()
    await accounts.make(ACME)
    spending = Spending("llm-router", accounts, Publisher(redis).publish, clock)
    holds = [
        await spending.hold(
            Call(
                a_turn(tenant=ACME),
                part,
                "llm",
                FLASH,
                Quantity.tokens(1_000_000),
                lifetime=timedelta(milliseconds=1),
            )
        )
        for part in ("bad", "good")
    ]
    await redis.hset(f"hold:{{{ACME}}}:{holds[0].usage_id}", "body", "{half")
    both = (await accounts.spent_and_held(ACME))[1]
    port_file = tmp_path / "port"
    settings = MeteringSettings(
        redis_url=as_service(valkey_url, "metering"),
        database_url=SecretStr(service_urls["metering"]),
        files_dir=tmp_path,
        port_file=port_file,
        drain_s=1,
        sweep_every_s=0.1,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(build(settings, clock).run(stop))
        try:

            async def held_is_halved() -> bool:
                return (await accounts.spent_and_held(ACME))[1] == both / 2

            await eventually(held_is_halved)
            url = f"http://127.0.0.1:{port_file.read_text()}"
            async with httpx.AsyncClient(base_url=url) as client:

                async def is_ready() -> bool:
                    return (await client.get("/health/ready")).is_success

                await eventually(is_ready)
                metrics = (await client.get("/metrics")).text
            assert 'bad_rows_total{source="hold"}' in metrics
            assert not running.done()
        finally:
            stop.set()
