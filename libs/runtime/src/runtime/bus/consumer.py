"""One service's reading: FastStream reads, this hands out, renews, takes over, drains."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from contracts.errors import UnavailableError
from contracts.fact import Fact
from contracts.streams import ServiceName, stream_of
from runtime.bus.admission import Admission
from runtime.bus.batch_work import BatchWork
from runtime.bus.commit import Commit
from runtime.bus.delivery import Wrapping
from runtime.bus.entries import Held, Reading, Source
from runtime.bus.holdings import Holdings
from runtime.bus.provision import has_group
from runtime.bus.reader import Reader
from runtime.bus.scripts import ScriptLine
from runtime.bus.slots import Job, Slots
from runtime.bus.subscription import RawEntries, Subscription, make_broker
from runtime.bus.upkeep import Upkeep
from runtime.bus.work import Work, without_text
from runtime.redis_client import OUTSIDE_FAILED, connect_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from runtime.bus.settings import BusSettings
    from runtime.clock import Clock

log = logging.getLogger(__name__)

READ_AHEAD = 16
"""Entries that wait in the process when the newest of them is to go first."""
MAX_RECORDS = 64
WATCH_EVERY_S = 0.5
RELEASE_WITHIN_S = 5.0


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
        self._workers: set[asyncio.Task[None]] = set()
        self._slots: dict[str, Slots] = {}
        self._state = "not started"
        self._breaks: list[str] = []

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
        found = list(self._breaks)
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
        sources = [
            Source(reading, shard)
            for reading in self._readings
            for shard in range(self._settings.shards)
        ]
        self._holdings = holdings = Holdings(
            redis, sources, consumer=self.name, settings=self._settings, clock=self._clock
        )
        upkeep = Upkeep(redis, sources, settings=self._settings, clock=self._clock)
        async with asyncio.TaskGroup() as tasks:
            background = [
                tasks.create_task(line.serve()),
                tasks.create_task(holdings.renew_for_ever()),
                tasks.create_task(upkeep.run()),
            ]
            try:
                async with asyncio.TaskGroup() as workers:
                    self._open_slots(work, workers)
                    taking_over = workers.create_task(self._take_over(holdings))
                    watching = workers.create_task(self._watch())
                    # A task group would wrap the error, and callers want it as it is.
                    failure = await self._start(sources)
                    if failure is None:
                        self._state = "reading"
                        await stop.wait()
                    self._state = "draining"
                    taking_over.cancel()
                    watching.cancel()
                    await self._drain(commit)
            finally:
                for task in background:
                    task.cancel()
        if failure:
            raise failure

    def _open_slots(self, work: Work, workers: asyncio.TaskGroup) -> None:
        batches = BatchWork(work)
        for reading in self._readings:
            do = (
                partial(self._do_batch, batches)
                if reading.reader.batch
                else partial(self._do_one, work)
            )

            def start(
                job: Job, do: Any = do
            ) -> asyncio.Task[None]:  # the task ends in `_ended`, whatever happens
                task = workers.create_task(do(job))
                self._workers.add(task)
                task.add_done_callback(self._workers.discard)
                return task

            self._slots[reading.event_type] = Slots(reading, start)

    async def _start(self, sources: Sequence[Source]) -> UnavailableError | None:
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
                    take=partial(self._take, source),
                )
                await subscription.start()
                self._subscriptions.append(subscription)
        except (*OUTSIDE_FAILED, ResponseError) as error:
            failure = UnavailableError("Redis does not answer; is REDIS_URL right?")
            failure.__cause__ = error
            return failure
        return None

    async def _take(self, source: Source, entries: RawEntries) -> None:
        """A read arrived: hold all of it at once, then wait until there is room for another."""
        self._hold(
            [Held.of(source, i, 1, fields, self._clock.monotonic()) for i, fields in entries]
        )
        await self._slots[source.reading.event_type].room()

    def _hold(self, held: Sequence[Held]) -> None:
        """Renewed from here on."""
        if not held:
            return
        assert self._holdings
        self._holdings.add(held)
        reading = held[0].reading
        slots = self._slots[reading.event_type]
        for job in [list(held)] if reading.reader.batch else [[one] for one in held]:
            slots.offer(job)
        slots.pump()

    async def _take_over(self, holdings: Holdings) -> None:
        """Look for entries that nobody renews, as many as there is room for."""
        while True:
            for source in holdings.sources:
                reading = source.reading
                room = reading.admission.limit - reading.admission.running
                if reading.reader.batch:
                    room *= reading.reader.batch_size
                room -= reading.admission.waiting
                if room > 0 and not reading.stopped:
                    self._hold(await holdings.reclaim(source, room))
            await self._clock.sleep(self._settings.reclaim_every_s)

    async def _watch(self) -> None:
        """Stop reading a fact when nearly all of it fails."""
        while True:
            for reading in self._readings:
                if reading.failures.is_too_large and not reading.stopped:
                    problem = (
                        f"too many deliveries of {reading.event_type} failed, "
                        "for more than one tenant: reading it has stopped"
                    )
                    log.error("consumer.stopped", extra=reading.labels)
                    self._breaks.append(problem)
                    await self._stop_reading(reading)
            await self._clock.sleep(WATCH_EVERY_S)

    async def _stop_reading(self, reading: Reading) -> None:
        waiting = self._slots[reading.event_type].stop()
        assert self._holdings
        for job in waiting:
            self._holdings.drop(job)
        for subscription in self._subscriptions:
            if subscription.source.reading is reading:
                await subscription.stop()

    async def _do_one(self, work: Work, job: Job) -> None:
        await self._guarded(work, job, work.one(job[0], self._slots[job[0].reading.event_type]))

    async def _do_batch(self, batches: BatchWork, job: Job) -> None:
        await self._guarded(batches.work, job, batches.batch(job))

    async def _guarded(self, work: Work, job: Job, doing: Coroutine[Any, Any, None]) -> None:
        """Whatever happens, the slot comes back and no other task hears of it."""
        reading = job[0].reading
        assert self._holdings
        try:
            await doing
        except asyncio.CancelledError:
            await self._left(work, job)
        except Exception as error:  # it stays pending and is delivered again
            log.error(  # noqa: TRY400 - the traceback is given without the error's text
                "delivery.broke", extra=reading.labels, exc_info=without_text(error)
            )
        finally:
            self._holdings.drop(job)
            self._slots[reading.event_type].release(job)

    async def _left(self, work: Work, job: Job) -> None:
        """A cancelled job: lost, then there is nothing to do; or draining, then free for others."""
        mine = [held for held in job if not held.lost]
        try:
            async with asyncio.timeout(RELEASE_WITHIN_S):
                if mine:
                    await work.commit.release(mine)
        except (asyncio.CancelledError, Exception) as error:  # noqa: BLE001 - others wait 8 s then
            log.warning("delivery.not_released", extra={"error": type(error).__name__})
        for held in job:
            work.note(held, "lost" if held.lost else "released")

    async def _drain(self, commit: Commit) -> None:
        """Stop reading, let handlers finish, then leave the rest pending and free."""
        assert self._holdings
        waiting = [job for slots in self._slots.values() for job in slots.stop()]
        for subscription in self._subscriptions:
            await subscription.stop()
        for job in waiting:
            await commit.release(job)
            self._holdings.drop(job)
        if self._workers:
            await asyncio.wait(self._workers, timeout=self._settings.drain_s)
        for task in set(self._workers):
            task.cancel()
        if self._workers:
            await asyncio.wait(self._workers, timeout=10)
        await self._holdings.leave_all()
        await self._broker.stop()

    async def _check_groups(self, redis: Redis) -> None:
        """FastStream would make a missing group at the stream's end and lose what stands there."""
        try:
            for reading in self._readings:
                for shard in range(self._settings.shards):
                    source = Source(reading, shard)
                    if not await has_group(redis, source.key, source.group):
                        raise UnavailableError(
                            f"group {source.group} on {source.key} is missing: "
                            "run `parley provision`",
                            code="not_provisioned",
                        )
        except OUTSIDE_FAILED as error:
            raise UnavailableError("Redis does not answer; is REDIS_URL right?") from error


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
    return Reading(stream, group, reader, admission)


def _max_records(reading: Reading) -> int:
    if reading.reader.batch:
        return reading.reader.batch_size
    if reading.reader.newest_first:
        return READ_AHEAD
    return max(1, min(MAX_RECORDS, reading.admission.limit // 2))
