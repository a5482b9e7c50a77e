"""At SIGTERM a service drains its own work beside what the bus gave it, then ends."""

import asyncio
from pathlib import Path

from runtime.background import BackgroundTask
from runtime.clock import SystemClock
from runtime.service import Service
from runtime.settings import ServiceSettings


async def test_a_drain_is_waited_for_and_runs_beside_the_tasks(
    valkey_url: str, tmp_path: Path
) -> None:
    events: list[str] = []
    draining, drained = asyncio.Event(), asyncio.Event()

    async def task() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            events.append("task ended")

    async def drain() -> None:
        draining.set()
        await drained.wait()
        events.append("drained")

    settings = ServiceSettings.model_validate({"redis_url": valkey_url, "files_dir": tmp_path})
    service = Service(
        "media-agent",
        settings,
        SystemClock(),
        reads={},
        tasks=[BackgroundTask("waiting", task)],
        drains=[drain],
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(service.run(stop))
        stop.set()
        await draining.wait()
        assert not running.done()
        drained.set()
        await running
    assert events == ["drained", "task ended"]
