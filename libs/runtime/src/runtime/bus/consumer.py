"""One service's reading: FastStream reads, this hands out, renews, takes over, drains."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from contracts.errors import UnavailableError
from contracts.fact import Fact
from contracts.streams import ServiceName, stream_of
from runtime.bus.admission import Admission
from runtime.bus.breaker import Breaker, Step
from runtime.bus.commit import Commit
from runtime.bus.delivery import Wrapping
from runtime.bus.entries import Held, Reading, Source
from runtime.bus.holdings import Holdings
from runtime.bus.provision import has_group
from runtime.bus.reader import Reader
from runtime.bus.scripts import ScriptLine
from runtime.bus.subscription import RawEntries, Subscription, make_broker
from runtime.bus.upkeep import Upkeep
from runtime.bus.work import Work
from runtime.bus.workers import Workers, end
from runtime.redis_client import (
    as_unavailable,
    connect_redis,
    redis_or_unavailable,
    stop_if_cancelled,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from runtime.bus.settings import BusSettings
    from runtime.clock import Clock

log = logging.getLogger(__name__)

READ_AHEAD = 16
"""Entries that wait in the process when the newest of them is to go first."""
MAX_RECORDS = 64
WATCH_EVERY_S = 0.5


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
        self._service = service
        # Unique to this start of this process: what an earlier one held is another's.
        self.name = f"{service}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._readings = [
            _reading(fact, reader, service, settings) for fact, reader in reads.items()
        ]
        self._subscriptions: list[Subscription] = []
        self._holdings: Holdings | None = None
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
            await self._check_groups(redis)
            await self._run(redis, stop)
        finally:
            self._state = "stopped"
            await redis.aclose()

    def problems(self) -> list[str]:
        """What keeps this consumer from its work, one sentence each; [] is ready.

        A dead subscriber, an open breaker, Redis not answering, not started yet.
        """
        if self._state != "reading":
            return [f"the consumer is {self._state}"]
        found = [
            f"too many deliveries of {reading.event_type} failed, for more than one tenant: "
            "reading it has stopped, and is tried again from time to time"
            for reading in self._readings
            if reading.breaker.state != "closed"
        ]
        if self._holdings and self._holdings.is_stale:
            found.append("Redis has not answered for longer than a delivery may go unrenewed")
        found += [
            f"the reader of {sub.source.key} has died; restart the service"
            for sub in self._subscriptions
            if not sub.is_alive and not sub.source.reading.stopped
        ]
        return found

    async def _run(self, redis: Redis, stop: asyncio.Event) -> None:
        line = ScriptLine(redis)
        commit = Commit(line, consumer=self.name, settings=self._settings, clock=self._clock)
        wrapping = Wrapping(service=self._service, shards=self._settings.shards, clock=self._clock)
        work = Work(commit=commit, wrapping=wrapping, settings=self._settings, clock=self._clock)
        sources = self._sources()
        self._holdings = holdings = Holdings(
            redis, sources, consumer=self.name, settings=self._settings, clock=self._clock
        )
        upkeep = Upkeep(redis, sources, settings=self._settings, clock=self._clock)
        # A task group would wrap the failure, and callers want it as it is.
        failure: UnavailableError | None = None
        async with asyncio.TaskGroup() as tasks:
            background = [
                tasks.create_task(line.serve()),
                tasks.create_task(holdings.renew_for_ever()),
                tasks.create_task(upkeep.run()),
            ]
            try:
                async with asyncio.TaskGroup() as handling:
                    workers = Workers(handling, self._readings, work=work, holdings=holdings)
                    looking = [
                        handling.create_task(self._take_over(holdings, workers)),
                        handling.create_task(self._watch(workers)),
                    ]
                    failure = await self._start(sources, workers)
                    if failure is None:
                        self._state = "reading"
                        await stop.wait()
                    self._state = "draining"
                    await self._drain(workers, looking)
                    await holdings.leave_all()
            finally:
                await end(background)
        if failure:
            raise failure

    def _sources(self) -> list[Source]:
        shards = range(self._settings.shards)
        return [Source(reading, shard) for reading in self._readings for shard in shards]

    async def _start(self, sources: Sequence[Source], workers: Workers) -> UnavailableError | None:
        """Begin to read; returns why it could not."""
        self._broker = broker = make_broker(self._url)
        try:
            await broker.connect()
            for source in sources:
                subscription = Subscription(
                    broker,
                    source,
                    consumer=self.name,
                    max_records=_max_records(source.reading),
                    take=partial(self._take, source, workers),
                )
                await subscription.start()
                self._subscriptions.append(subscription)
        except (RedisError, OSError) as error:
            failure = as_unavailable(error)
            if failure is None:
                raise
            failure.__cause__ = error
            return failure
        return None

    async def _take(self, source: Source, workers: Workers, entries: RawEntries) -> None:
        """A read arrived: hold all of it at once, then wait until there is room for another."""
        now = self._clock.monotonic()
        workers.take([Held.of(source, entry_id, 1, fields, now) for entry_id, fields in entries])
        await workers.room(source.reading)

    async def _take_over(self, holdings: Holdings, workers: Workers) -> None:
        """Look for entries that nobody renews, as many as there is room for."""
        while True:
            stop_if_cancelled()
            for source in holdings.sources:
                reading = source.reading
                room = reading.admission.limit - reading.admission.running
                if reading.reader.batch:
                    room *= reading.reader.batch_size
                room -= reading.admission.waiting
                if room > 0 and not reading.stopped:
                    workers.take(await holdings.reclaim(source, room))
            await self._clock.sleep(self._settings.reclaim_every_s)

    async def _watch(self, workers: Workers) -> None:
        """Stop reading a fact when nearly all of it fails, and try again one at a time."""
        limits = {reading.event_type: reading.admission.limit for reading in self._readings}
        while True:
            stop_if_cancelled()
            for reading in self._readings:
                step = reading.breaker.step(self._clock.monotonic())
                if step is not None:
                    await self._take_step(step, reading, workers, limits[reading.event_type])
            await self._clock.sleep(WATCH_EVERY_S)

    async def _take_step(self, step: Step, reading: Reading, workers: Workers, limit: int) -> None:
        match step:
            case "stop":
                log.error("consumer.stopped", extra=reading.labels)
                await self._stop(reading, workers)
            case "probe":
                log.info("consumer.probing", extra=reading.labels)
                workers.resume(reading, 1)
                try:
                    for subscription in self._of(reading):
                        await subscription.start()
                except (RedisError, OSError) as error:  # then there is nothing to try it on
                    if as_unavailable(error) is None:
                        raise
                    reading.breaker.postpone(self._clock.monotonic())
                    await self._stop(reading, workers)
            case "resume":
                log.info("consumer.resumed", extra=reading.labels)
                workers.resume(reading, limit)

    async def _stop(self, reading: Reading, workers: Workers) -> None:
        await workers.stop(reading)
        for subscription in self._of(reading):
            await subscription.stop()

    def _of(self, reading: Reading) -> list[Subscription]:
        return [one for one in self._subscriptions if one.source.reading is reading]

    async def _drain(self, workers: Workers, looking: Sequence[asyncio.Task[None]]) -> None:
        """Stop reading, let handlers finish, then leave the rest pending and free."""
        await end(looking)
        for reading in self._readings:
            await workers.stop(reading)
        for subscription in self._subscriptions:
            await subscription.stop()
        await workers.finish(timeout_s=self._settings.drain_s)
        await self._broker.stop()

    async def _check_groups(self, redis: Redis) -> None:
        """FastStream would make a missing group at the stream's end and lose what stands there."""
        with redis_or_unavailable():
            for source in self._sources():
                if not await has_group(redis, source.key, source.group):
                    raise UnavailableError(
                        f"group {source.group} on {source.key} is missing: run `parley provision`",
                        code="not_provisioned",
                    )


def _reading(
    fact: type[Fact], reader: Reader[Any], service: ServiceName, settings: BusSettings
) -> Reading:
    stream = stream_of(fact)
    group = next((group for group in stream.readers if group.service == service), None)
    if group is None:
        raise ValueError(f"the catalogue does not let {service} read {fact.event_type}")
    limit = reader.in_flight or (1 if reader.batch else settings.in_flight)
    admission: Admission[list[Held]] = Admission(
        limit,
        tenant_share=settings.tenant_share,
        newest_first=reader.newest_first,
        read_ahead=READ_AHEAD if reader.newest_first else 0,
    )
    breaker = Breaker(
        probe_after_s=settings.probe_after_s, probe_at_most_s=settings.probe_at_most_s
    )
    return Reading(stream, group, reader, admission, breaker)


def _max_records(reading: Reading) -> int:
    if reading.reader.batch:
        return reading.reader.batch_size
    if reading.reader.newest_first:
        return READ_AHEAD
    return max(1, min(MAX_RECORDS, reading.admission.limit // 2))
