"""The life of a service: open, read facts, serve HTTP, drain on SIGTERM, close."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import uvloop
from fastapi import FastAPI

from contracts.errors import ServiceError
from contracts.fact import Fact
from contracts.streams import ServiceName
from runtime.background import BackgroundTask, BackgroundTasks
from runtime.bus import BusSettings, Consumer, Reader
from runtime.cancellation import cancel_and_wait
from runtime.clock import Clock, SystemClock
from runtime.redis_access import Grant, check_access
from runtime.redis_client import connect_redis
from runtime.settings import ServiceSettings, SettingsT, read_settings
from runtime.telemetry import log_loop_error, set_up_logging, set_up_tracing
from runtime.web import Check, HttpServer, make_app

log = logging.getLogger(__name__)

Task = Callable[[], Awaitable[None]]
EXIT_OUTSIDE_MISSING: Final = 4
EXIT_BUG: Final = 70
"""EX_SOFTWARE of sysexits.h: the supervisor starts the service again."""


@dataclass(frozen=True)
class Service:
    """Everything a service is made of; `main.build` makes one, `run_service` runs it.

    Attributes:
        name: also the consumer group's name.
        reads: fact class -> how it is read; checked against the catalogue.
        resources: entered in order before anything is read, left in reverse after the drain.
        tasks: run for the life of the service; one that fails is tried again, and the service is
            not ready meanwhile.
        mount: adds the service's own routes beside health and metrics.
        checks: readiness, beside the consumer's own.
        notices: said in readiness, and no reason to be unready.
        redis_access: what its user must be allowed in Redis; asked before anything is opened.
        drains: run at SIGTERM beside the consumer's own drain; each minds `drain_s` itself.
    """

    name: ServiceName
    settings: ServiceSettings
    clock: Clock
    reads: Mapping[type[Fact], Reader[Any]]
    resources: Sequence[AbstractAsyncContextManager[Any]] = ()
    tasks: Sequence[BackgroundTask] = ()
    mount: Callable[[FastAPI], None] | None = None
    checks: Sequence[Check] = field(default=())
    notices: Sequence[Check] = field(default=())
    drains: Sequence[Task] = field(default=())
    redis_access: Sequence[Grant] = ()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, then drain within `settings.drain_s`.

        Raises:
            ServiceError: something needed is missing at the start.
            ExceptionGroup: HTTP or the consumer failed.
        """
        await self._check_access()
        consumer = self._consumer()
        background = BackgroundTasks(self.clock)

        async def own_problems() -> list[str]:
            return [*consumer.problems(), *background.problems()]

        async def own_notices() -> list[str]:
            return consumer.notices()

        async with AsyncExitStack() as stack:
            for resource in self.resources:
                await stack.enter_async_context(resource)
            app = make_app(self.name, [own_problems, *self.checks], [own_notices, *self.notices])
            if self.mount is not None:
                self.mount(app)
            settings = self.settings
            server = HttpServer(app, settings.host, settings.port, settings.port_file)
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(server.run())
                consuming = group.create_task(consumer.run(stop))
                running = [group.create_task(background.run(task)) for task in self.tasks]
                log.info("service.started", extra={"port": server.port})
                try:
                    await stop.wait()
                    log.info("service.draining")
                    draining = [group.create_task(_awaited(drain)) for drain in self.drains]
                    await consuming
                    for drain in draining:
                        await drain
                    server.stop()
                    await serving
                finally:
                    await cancel_and_wait([serving, consuming, *running])

    async def _check_access(self) -> None:
        if not self.redis_access:
            return
        async with connect_redis(self.settings.redis_url, max_connections=1) as redis:
            await check_access(redis, self.settings.redis_url, self.redis_access)

    def _consumer(self) -> Consumer:
        settings = self.settings
        return Consumer(
            settings.redis_url,
            service=self.name,
            reads=self.reads,
            clock=self.clock,
            settings=BusSettings(
                shards=settings.stream_shards,
                max_deliveries=settings.max_deliveries,
                drain_s=settings.drain_s,
            ),
        )


async def _awaited(task: Task) -> None:
    await task()


def run_service(
    build: Callable[[SettingsT, Clock], Service], settings_class: type[SettingsT], name: ServiceName
) -> None:
    """What every `__main__` calls: settings, logs, signals, loop; exits with the right code.

    0 after a drain, 4 when something outside is missing (one sentence on standard error), 70 for a
    bug, with its class and place in the log.
    """
    try:
        settings = read_settings(settings_class)
        set_up_logging(name, settings.log_level)
        set_up_tracing()
        uvloop.run(_main(build, settings))
    except ServiceError as error:
        _exit_outside_missing(name, [error])
    except BaseExceptionGroup as errors:
        expected, bugs = errors.split(ServiceError)
        if bugs is not None or expected is None:
            log.exception("service.bug")
            sys.exit(EXIT_BUG)
        _exit_outside_missing(name, expected.exceptions)
    except Exception:
        log.exception("service.bug")
        sys.exit(EXIT_BUG)


def _exit_outside_missing(name: str, errors: Sequence[BaseException]) -> None:
    for error in errors:
        log.error("service.stopped", extra={"error": str(error)})
    sys.stderr.write(f"{name}: {'; '.join(str(error) for error in errors)}\n")
    sys.exit(EXIT_OUTSIDE_MISSING)


async def _main(build: Callable[[SettingsT, Clock], Service], settings: SettingsT) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log_loop_error)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service = build(settings, SystemClock())
    await replace(service, resources=[*service.resources, _settled()]).run(stop)


@asynccontextmanager
async def _settled() -> AsyncGenerator[None]:
    """What was imported and made until now stays: leave it out of every later collection.

    A full one looked through all of it, 0.15 to 0.3 s on a busy machine, while nothing else ran.
    """
    gc.collect()
    gc.freeze()
    yield
