"""One service's consumer: FastStream reads, this hands out, renews, takes over, drains."""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts.errors import UnavailableError
from contracts.fact import Fact
from contracts.streams import ServiceName
from runtime.background import BackgroundTask, BackgroundTasks
from runtime.bus.claims.claim import Claim
from runtime.bus.claims.claims import Claims
from runtime.bus.claims.steps import ClaimSteps
from runtime.bus.concurrency.suspects import Suspects
from runtime.bus.handling.deps import HandlingDeps
from runtime.bus.handling.envelope_wrapper import EnvelopeWrapper
from runtime.bus.handling.worker_pool import WorkerPool
from runtime.bus.maintenance import StreamMaintenance
from runtime.bus.provision import check_groups
from runtime.bus.reader import Reader
from runtime.bus.reading.shard_reader import RawEntries, ShardReader, make_broker
from runtime.bus.reading.subscription import Shard, Subscription
from runtime.bus.scripts.pipeline import ScriptPipeline
from runtime.bus.settings import BusSettings
from runtime.bus.supervision import Supervisor
from runtime.cancellation import cancel_and_wait
from runtime.clock import Clock
from runtime.redis_client import as_unavailable, connect_redis


class Consumer:
    """Reads the facts of `reads` as consumer group `service`, from `run` until its stop is set."""

    def __init__(
        self,
        redis_url: str,
        *,
        service: ServiceName,
        reads: Mapping[type[Fact], Reader[Any]],
        clock: Clock,
        settings: BusSettings,
    ) -> None:
        """Bind; nothing is opened yet.

        Raises:
            ValueError: a fact that the catalogue does not give to this service.
        """
        self._url = redis_url
        self._clock = clock
        self._settings = settings
        self._service: ServiceName = service
        # Unique to this start of this process: what an earlier one held is another's.
        self.name = f"{service}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._subscriptions = [
            Subscription.of(fact, reader, service, settings) for fact, reader in reads.items()
        ]
        self._shards = [
            Shard(subscription, number)
            for subscription in self._subscriptions
            for number in range(settings.shards)
        ]
        self._readers: list[ShardReader] = []
        self._claims: Claims | None = None
        self._maintenance: StreamMaintenance | None = None
        self._background = BackgroundTasks(clock)
        self._state = "not started"

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`, then drain.

        Handlers may finish within `drain_s`; the rest is left pending, free for others at once.

        Raises:
            UnavailableError: at the start only: Redis does not answer, or streams and groups are
                missing (`parley provision` makes them).
        """
        redis = connect_redis(self._url)
        try:
            await check_groups(redis, [(shard.key, shard.group) for shard in self._shards])
            await self._run(redis, stop)
        finally:
            self._state = "stopped"
            await redis.aclose()

    def problems(self) -> list[str]:
        """What keeps this consumer from its work, one sentence each; [] is ready.

        A dead reader, an open breaker, Redis not answering, a failing background task, not started.
        """
        if self._state != "reading":
            return [f"the consumer is {self._state}"]
        found = [
            f"too many deliveries of {subscription.event_type} failed, for more than one tenant: "
            "reading it has stopped, and is tried again from time to time"
            for subscription in self._subscriptions
            if subscription.breaker.state != "closed"
        ]
        if self._claims and self._claims.is_stale:
            found.append("Redis has not answered for longer than a delivery may go unrenewed")
        found += [
            f"the reader of {reader.shard.key} has died; restart the service"
            for reader in self._readers
            if not reader.is_alive and not reader.shard.subscription.stopped
        ]
        return [*found, *self._background.problems()]

    def notices(self) -> list[str]:
        """What is to be said of Redis beside that: it is nearly full."""
        return self._maintenance.memory.notices() if self._maintenance else []

    async def _run(self, redis: Redis, stop: asyncio.Event) -> None:
        settings, clock = self._settings, self._clock
        pipeline = ScriptPipeline(redis)
        deps = HandlingDeps(
            ClaimSteps(pipeline, consumer=self.name, settings=settings, clock=clock),
            EnvelopeWrapper(service=self._service, shards=settings.shards, clock=clock),
            settings,
            clock,
            Suspects(),
        )
        self._claims = claims = Claims(
            redis, self._shards, consumer=self.name, settings=settings, clock=clock
        )
        self._maintenance = maintenance = StreamMaintenance(
            redis, self._shards, service=self._service, settings=settings, clock=clock
        )
        # A task group would wrap the failure, and callers want it as it is.
        failure: UnavailableError | None = None
        async with asyncio.TaskGroup() as tasks:
            background = [
                tasks.create_task(self._background.run(BackgroundTask(name, work)))
                for name, work in (
                    ("bus scripts", pipeline.serve),
                    ("claim renewal", claims.renew_for_ever),
                    ("stream maintenance", maintenance.run),
                )
            ]
            try:
                async with asyncio.TaskGroup() as handling:
                    pool = WorkerPool(handling, self._subscriptions, claims, deps)
                    failure = await self._read(pool, claims, handling, stop)
            finally:
                await cancel_and_wait(background)
        if failure:
            raise failure

    async def _read(
        self, pool: WorkerPool, claims: Claims, tasks: asyncio.TaskGroup, stop: asyncio.Event
    ) -> UnavailableError | None:
        """Until `stop`, and through the drain; returns why reading could not begin."""
        supervisor = Supervisor(
            pool, claims, self._readers, settings=self._settings, clock=self._clock
        )
        supervising = [
            tasks.create_task(self._background.run(BackgroundTask(name, work)))
            for name, work in self._supervision(supervisor)
        ]
        failure = await self._start(pool)
        if failure is None:
            self._state = "reading"
            await stop.wait()
        self._state = "draining"
        await self._drain(pool, supervising)
        await claims.leave_all()
        return failure

    def _supervision(
        self, supervisor: Supervisor
    ) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        yield "breaker watch", partial(supervisor.watch_breakers, self._subscriptions)
        for one in self._subscriptions:
            yield "takeover", partial(supervisor.take_over, one)
            if one.reader.ends_after:
                yield "overdue facts", partial(supervisor.end_overdue, one)

    async def _start(self, pool: WorkerPool) -> UnavailableError | None:
        """Begin to read; returns why it could not."""
        self._broker = broker = make_broker(self._url)
        try:
            await broker.connect()
            for shard in self._shards:
                reader = ShardReader(
                    broker, shard, consumer=self.name, take=partial(self._take, shard, pool)
                )
                await reader.start()
                self._readers.append(reader)
        except (RedisError, OSError) as error:
            failure = as_unavailable(error)
            if failure is None:
                raise
            failure.__cause__ = error
            return failure
        return None

    async def _take(self, shard: Shard, pool: WorkerPool, entries: RawEntries) -> None:
        """A read arrived: claim all of it at once, then wait until there is room for another."""
        now_s = self._clock.monotonic()
        pool.take([Claim.of(shard, entry_id, 1, fields, now_s) for entry_id, fields in entries])
        await pool.limit_of(shard.subscription).wait_for_room()

    async def _drain(self, pool: WorkerPool, supervising: Sequence[asyncio.Task[None]]) -> None:
        """Stop reading, let handlers finish, then leave the rest pending and free."""
        await cancel_and_wait(supervising)
        for subscription in self._subscriptions:
            await pool.stop(subscription)
        for reader in self._readers:
            await reader.stop()
        await pool.finish(timeout_s=self._settings.drain_s)
        await self._broker.stop()
