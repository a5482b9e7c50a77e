"""Reads turns in a process of its own, for a test to kill: `bus_worker.py URL MODE [DEATHS]`.

MODE `stuck`: says on standard output that the handler runs, then never returns.
MODE `poison`: kills its own process in the handler of a turn whose text is "poison", once a
described frame, if there is one to read, is in hand too.
DEATHS: all goes eight times as fast, and so many deaths alone are a dead letter.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from contracts.conversation import AnswerRefused, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.vision import FrameDescribed
from runtime.bus import BusSettings, Consumer, Delivery, Reader
from runtime.clock import SystemClock

FRAME_TAKES_S = 0.6
POISON_TAKES_S = 0.3
NEIGHBOUR_TAKES_S = 0.05


async def on_turn_stuck(event: Envelope[TurnTaken], delivery: Delivery) -> Sequence[Fact]:
    await delivery.state(noted_ms=1234)
    print(f"running {event.id}", flush=True)  # noqa: T201 - the test reads it
    await asyncio.Event().wait()
    return []


async def on_turn_poison(event: Envelope[TurnTaken]) -> Sequence[Fact]:
    if event.data.text == "poison":
        await asyncio.sleep(POISON_TAKES_S)
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(NEIGHBOUR_TAKES_S)  # so that some are in work when the process dies
    return [
        AnswerRefused(turn_id=event.data.turn_id, channel="chat", reason="internal", text="Sorry.")
    ]


async def on_frame(_event: Envelope[FrameDescribed]) -> Sequence[Fact]:
    await asyncio.sleep(FRAME_TAKES_S)
    return []


async def main(url: str, mode: str, max_deaths: int | None) -> None:
    settings = BusSettings()
    if max_deaths:
        settings = BusSettings(
            renew_every_s=0.25, ownerless_after_s=1.0, reclaim_every_s=0.1, max_deaths=max_deaths
        )
    turns = Reader(long=on_turn_stuck) if mode == "stuck" else Reader(on_turn_poison)
    consumer = Consumer(
        url,
        service="llm-router",
        reads={TurnTaken: turns, FrameDescribed: Reader(on_frame)},
        clock=SystemClock(),
        settings=settings,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await consumer.run(stop)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None))
