"""The other process of `parley bench hop`: reads so many facts, then says when each arrived.

Run as `python -m cli.bench.harness.hop_reader MODE COUNT`, the server's address on standard input.
Prints `ready`, then one JSON object, {"arrivals": [[id, ns]], "took_ns"}. Nanoseconds are those of
`time.monotonic_ns`, one clock for all processes of a machine; ids are those of the facts.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Any, Literal, cast

import uvloop

from contracts.fact import Envelope, Fact
from contracts.media import UtteranceHeard
from runtime.bus import BusSettings, Caused, Consumer, Reader
from runtime.clock import SystemClock
from runtime.redis_client import connect_redis

Mode = Literal["bus", "batch", "raw"]
RAW_STREAM = "bench:raw"
RAW_GROUP = "bench"
EVENT_ID = b"id"
RAW_COUNT = 16
BLOCK_MS = 4_000
POLL_S = 0.01


class Tally:
    """What arrived and when, in order, until there is enough."""

    def __init__(self, wanted: int) -> None:
        self.arrivals: list[tuple[str, int]] = []
        self.done = asyncio.Event()
        self._wanted = wanted
        self._begun_ns = 0
        self.took_ns = 0

    def arrived(self, event_id: str) -> None:
        now_ns = time.monotonic_ns()
        self._begun_ns = self._begun_ns or now_ns
        self.arrivals.append((event_id, now_ns))
        if len(self.arrivals) == self._wanted:
            self.took_ns = now_ns - self._begun_ns
            self.done.set()

    @property
    def is_done(self) -> bool:
        return self.done.is_set()


async def read_bus(url: str, tally: Tally, *, batches: bool) -> None:
    """As a service reads."""

    async def on_heard(event: Envelope[UtteranceHeard]) -> Sequence[Fact]:
        tally.arrived(str(event.id))
        return []

    async def on_batch(events: Sequence[Envelope[UtteranceHeard]]) -> Sequence[Caused]:
        for event in events:
            tally.arrived(str(event.id))
        return []

    reader = Reader(batch=on_batch) if batches else Reader(on_heard)
    consumer = Consumer(
        url,
        service="gateway",
        reads={UtteranceHeard: reader},
        clock=SystemClock(),
        settings=BusSettings(),
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consumer.run(stop))
        while consumer.problems():  # noqa: ASYNC110 - what readiness asks, too
            await asyncio.sleep(POLL_S)
        _say("ready")
        await tally.done.wait()
        stop.set()


async def read_raw(url: str, tally: Tally) -> None:
    """The least that reading in a group can be: read, acknowledge."""
    # redis-py types these replies for all protocols at once.
    redis = cast("Any", connect_redis(url))
    _say("ready")
    while not tally.is_done:
        streams = {RAW_STREAM: ">"}
        reply = await redis.xreadgroup(RAW_GROUP, "raw", streams, count=RAW_COUNT, block=BLOCK_MS)
        for _, entries in reply or ():
            for entry_id, fields in entries:
                tally.arrived(fields[EVENT_ID].decode())
                await redis.xack(RAW_STREAM, RAW_GROUP, entry_id)
    await redis.aclose()


async def main(mode: Mode, count: int, url: str) -> None:
    tally = Tally(count)
    if mode == "raw":
        await read_raw(url, tally)
    else:
        await read_bus(url, tally, batches=mode == "batch")
    _say(json.dumps({"arrivals": tally.arrivals, "took_ns": tally.took_ns}))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main(cast("Mode", sys.argv[1]), int(sys.argv[2]), sys.stdin.read()))
