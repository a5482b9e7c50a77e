"""Whatever a background task of any service does, the service stays, and says which one fails."""

import asyncio
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from cli.provisioning.services import SERVICES, ServiceUnit
from runtime.background import BackgroundTask
from runtime.clock import SystemClock
from runtime.service import Service
from runtime.settings import ServiceSettings
from support.eventually import eventually
from support.servers import as_service


@pytest.fixture(autouse=True)
def _as_it_was() -> Generator[None]:
    """media-agent tells its jobs by the environment, which later tests' processes would inherit."""
    before = os.environ.copy()  # noqa: TID251 - put back, not read
    yield
    os.environ.clear()  # noqa: TID251 - put back, not read
    os.environ.update(before)  # noqa: TID251 - put back, not read


def built(unit: ServiceUnit, valkey_url: str, folder: Path) -> Service:
    """The service as its `main` makes it, with live meetings; nothing is opened yet."""
    declared: dict[str, object] = vars(import_module(f"{unit.module}.settings"))
    [own] = [
        found
        for found in declared.values()
        if isinstance(found, type)
        and issubclass(found, ServiceSettings)
        and found.model_config.get("env_prefix")
    ]
    return import_module(f"{unit.module}.main").build(
        own(
            redis_url=as_service(valkey_url, unit.name),
            database_url=SecretStr("postgresql://nobody@127.0.0.1:1/none"),
            files_dir=folder,
            service_token=SecretStr("test"),
            livekit_url="ws://127.0.0.1:1",
            livekit_api_key="key",
            livekit_api_secret=SecretStr("secret"),
            port_file=folder / "port",
            drain_s=1,
        ),
        SystemClock(),
    )


@asynccontextmanager
async def running(service: Service) -> AsyncGenerator[httpx.AsyncClient]:
    port_file = service.settings.port_file
    assert port_file is not None
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(service.run(stop))
        try:
            await eventually(lambda: task.done() or port_file.exists())
            url = f"http://127.0.0.1:{port_file.read_text()}"
            async with httpx.AsyncClient(base_url=url) as client:
                yield client
            assert not task.done()
        finally:
            stop.set()


async def fail() -> None:
    raise ValueError("a row that does not parse")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
async def test_a_service_outlives_each_of_its_background_tasks_and_names_those_that_fail(
    unit: ServiceUnit, valkey_url: str, tmp_path: Path
) -> None:
    service = built(unit, valkey_url, tmp_path)
    names = [task.name for task in service.tasks]
    assert names
    assert len(set(names)) == len(names)
    failing = [BackgroundTask(task.name, fail, task.every_s) for task in service.tasks]
    alone = replace(service, reads={}, resources=[], checks=[], drains=[], tasks=failing)

    async def named() -> list[str]:
        problems: list[str] = (await client.get("/health/ready")).json()["problems"]
        return [name for name in names if any(f"`{name}`" in problem for problem in problems)]

    async with running(alone) as client:
        await eventually(named, equals=names)
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/health/live")).is_success
        metrics = (await client.get("/metrics")).text
        assert all(f'background_failures_total{{task="{name}"}}' in metrics for name in names)
        assert "a row that does not parse" not in (await client.get("/health/ready")).text
