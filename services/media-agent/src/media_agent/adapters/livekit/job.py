"""The life of a LiveKit job: one live meeting, in a process of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from livekit.agents import JobContext

from runtime.telemetry import without_text

log = logging.getLogger(__name__)

JOB_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True)
class JobLifecycle:
    """What a job and its meeting tell each other.

    Attributes:
        connected: to be set when the room is joined.
        stop: set when it is to end.
    """

    connected: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


async def run_job(ctx: JobContext, live: Callable[[JobLifecycle], Awaitable[None]]) -> None:
    """Begin a job's meeting; the framework ends it by a callback, once the job's entry returned.

    Args:
        ctx: of the job.
        live: the meeting; returns when it is over, or soon after `stop` is set.
    """
    lifecycle = JobLifecycle()
    # No task group: this outlives the coroutine it begins in.
    living = asyncio.ensure_future(live(lifecycle))

    def over(done: asyncio.Future[None]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            log.error("meeting.failed", exc_info=without_text(error))
        ctx.shutdown("failed" if error is not None else "over")

    async def end(_reason: str) -> None:
        lifecycle.stop.set()
        _, unfinished = await asyncio.wait([living], timeout=JOB_TIMEOUT_S - 1)
        for one in unfinished:
            one.cancel()

    living.add_done_callback(over)
    ctx.add_shutdown_callback(end)
    joining = asyncio.ensure_future(lifecycle.connected.wait())
    try:
        await asyncio.wait([living, joining], return_when=asyncio.FIRST_COMPLETED)
    finally:
        joining.cancel()
