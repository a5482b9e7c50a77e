"""Ending tasks for certain: whose cancellation it is, cancelling until it works, first of two."""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Sequence
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")
log = logging.getLogger(__name__)
CANCEL_AGAIN_S: Final = 1.0
CANCEL_TIMES: Final = 10
LOSER_AGAIN_S: Final = 0.2


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


async def first_of(work: Coroutine[Any, Any, T], watch: Coroutine[Any, Any, T]) -> T:
    """The result of whichever ends first; the other is cancelled and has ended when this returns.

    Raises:
        BaseException: what the first one raised, as it is (not in a group).
    """
    async with asyncio.TaskGroup() as tasks:
        pair = [tasks.create_task(_caught(work)), tasks.create_task(_caught(watch))]
        await asyncio.wait(pair, return_when=asyncio.FIRST_COMPLETED)
        # Both may be there: then the work counts, it was paid for.
        first = next(task for task in pair if task.done())
        await _end(pair)
    result, error = first.result()
    if error is not None:
        raise error
    return cast("T", result)


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel until they are over.

    redis-py 8.1 swallows a cancellation that meets it connecting (measured on Python 3.11).
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=LOSER_AGAIN_S)


async def _caught(coroutine: Coroutine[Any, Any, T]) -> tuple[T | None, Exception | None]:
    try:
        return await coroutine, None
    except Exception as error:  # noqa: BLE001 - handed on; a group would hide its class
        return None, error
