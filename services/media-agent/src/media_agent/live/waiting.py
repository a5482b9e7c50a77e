"""Waiting with an end, by the clock that is given."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from runtime.clock import Clock

T = TypeVar("T")


async def wait_for(wanted: Callable[[], Awaitable[T]], seconds: float, clock: Clock) -> T | None:
    """What comes of it, if it comes in that time; None, and it is cancelled, if not."""
    coming = asyncio.ensure_future(wanted())
    sleeping = asyncio.ensure_future(clock.sleep(max(0.0, seconds)))
    try:
        await asyncio.wait({coming, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        return coming.result() if coming.done() else None
    finally:
        coming.cancel()
        sleeping.cancel()


async def first_completed(
    one: Callable[[], Awaitable[object]], other: Callable[[], Awaitable[object]]
) -> None:
    """Wait for one of them; the other one is cancelled."""
    both = [asyncio.ensure_future(one()), asyncio.ensure_future(other())]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in both:
            waiting.cancel()
