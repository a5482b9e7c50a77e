"""Ending tasks for certain: telling whose cancellation it is, and cancelling until it works."""

import asyncio
import logging
from collections.abc import Collection
from typing import Final

log = logging.getLogger(__name__)
CANCEL_AGAIN_S: Final = 1.0
CANCEL_TIMES: Final = 10


def stop_if_cancelled() -> None:
    """Raise CancelledError when this task was told to end and something swallowed that.

    redis-py sends through `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that
    comes as it finishes (python/cpython#81839). An endless loop over Redis calls this each round.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def is_cancellation(error: BaseException) -> bool:
    """This very task was cancelled; else a CancelledError leaked out of a handler: a bug."""
    task = asyncio.current_task()
    is_ours = task is not None and task.cancelling() > 0
    return isinstance(error, asyncio.CancelledError) and is_ours


async def cancel_and_wait(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until they end: one cancellation may be swallowed (see `stop_if_cancelled`)."""
    for _ in range(CANCEL_TIMES):
        left = {task for task in tasks if not task.done()}
        if not left:
            return
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
    log.error("cancellation.tasks_would_not_end", extra={"count": len(tasks)})
