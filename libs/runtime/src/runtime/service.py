"""The life of a service: open, read facts, serve HTTP, drain on SIGTERM, close."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import uvloop
from fastapi import FastAPI

from contracts.errors import ServiceError
from contracts.fact import Fact
from runtime.bus import Bus, Reader
from runtime.clock import Clock, SystemClock
from runtime.settings import ServiceSettings, SettingsT, read_settings
from runtime.telemetry import set_up_logging, set_up_tracing
from runtime.web import Check, HttpServer, make_app

log = logging.getLogger(__name__)

Task = Callable[[], Awaitable[None]]
EXIT_UNAVAILABLE = 4
"""As the command's exit codes: something outside is missing."""


@dataclass(frozen=True)
class Service:
    """Everything a service is made of; `main.build` makes one, `run_service` runs it.

    Attributes:
        bus: named for the service; carries its facts.
        reads: fact class -> who handles it; checked against the catalogue.
        resources: entered in order before anything is read, left in reverse after the drain.
        tasks: run for the life of the service; one that ends or raises ends the service.
        mount: adds the service's own routes beside health and metrics.
        checks: readiness, beside the bus's own.
    """

    settings: ServiceSettings
    bus: Bus
    reads: Mapping[type[Fact], Reader[Any]]
    resources: Sequence[AbstractAsyncContextManager[Any]] = ()
    tasks: Sequence[Task] = ()
    mount: Callable[[FastAPI], None] | None = None
    checks: Sequence[Check] = field(default=())

    @property
    def name(self) -> str:
        return self.bus.name

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, then drain within `settings.drain_s`.

        Raises:
            ServiceError: something needed is missing at the start.
            ExceptionGroup: a task failed.
        """
        async with AsyncExitStack() as stack:
            for resource in (self.bus, *self.resources):
                await stack.enter_async_context(resource)
            app = make_app(self.name, [self.bus.health, *self.checks])
            if self.mount is not None:
                self.mount(app)
            settings = self.settings
            server = HttpServer(app, settings.host, settings.port, settings.port_file)
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(server.run())
                running = [group.create_task(_forever(task)) for task in self.tasks]
                await self.bus.read(self.reads)
                log.info("service.started", extra={"port": server.port})
                await stop.wait()
                log.info("service.draining")
                await self.bus.drain(settings.drain_s)
                server.stop()
                for task in running:
                    task.cancel()
                await serving


async def _forever(task: Task) -> None:
    await task()
    raise RuntimeError(f"task {task!r} ended by itself")


def run_service(
    build: Callable[[SettingsT, Clock], Service], settings_class: type[SettingsT], name: str
) -> None:
    """What every `__main__` calls: settings, logs, signals, loop; exits with the right code."""
    try:
        settings = read_settings(settings_class)
        set_up_logging(name, settings.log_level)
        set_up_tracing()
        uvloop.run(_main(build, settings))
    except ServiceError as error:
        sys.stderr.write(f"{name}: {error}\n")
        sys.exit(EXIT_UNAVAILABLE)


async def _main(build: Callable[[SettingsT, Clock], Service], settings: SettingsT) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await build(settings, SystemClock()).run(stop)
