"""Asking a model while watching the turn's board: a lost lane, or barge-in, cancels the call."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self, TypeVar

from contracts.conversation import Attempt, SpeechInterrupted
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import Board, CallScope, Cursor, Lost, Models, Turn
from runtime.clock import Clock

T = TypeVar("T")
WATCH_EVERY_S: Final = 0.1
"""Looked at, not blocked on: a blocking read would lose its connection at every cancellation."""
CANCEL_AGAIN_S: Final = 0.2


@dataclass(frozen=True)
class Stopped:
    """The turn must not be answered any more: interrupted, or (None) the lane is lost."""

    interrupted: SpeechInterrupted | None
    attempts: tuple[Attempt, ...] = ()

    def after(self, asked: Ask) -> Self:
        """With the attempts made, the last one cancelled."""
        cancelled = Attempt(
            tier=asked.tier_name,
            model=asked.model_name,
            outcome="cancelled",
            why="interrupted" if self.interrupted else "superseded",
        )
        return replace(self, attempts=(*asked.attempts, cancelled))


async def ask_unless_stopped(
    asked: Ask, scope: CallScope, *, models: Models, board: Board, clock: Clock, after: Cursor
) -> Reply | Failure | Stopped:
    """The model's reply, or why it was not waited for."""
    watch = _stopped(scope.run.turn, board=board, clock=clock, after=after)
    return await first_of(_ask_when_it_is_time(asked, scope, models, clock), watch)


async def _ask_when_it_is_time(
    asked: Ask, scope: CallScope, models: Models, clock: Clock
) -> Reply | Failure:
    if asked.wait_ms:
        await clock.sleep(asked.wait_ms / 1000)
    return await models.ask(asked, scope)


async def _stopped(turn: Turn, *, board: Board, clock: Clock, after: Cursor) -> Stopped:
    while True:
        await clock.sleep(WATCH_EVERY_S)
        news = await board.read(turn, after, wait_ms=0)
        after = news.cursor
        for notice in news.notices:
            if isinstance(notice, Lost):
                return Stopped(None)
            if isinstance(notice, SpeechInterrupted):
                return Stopped(notice)


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
    assert result is not None
    return result


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel until they are over.

    redis-py 8.1 swallows a cancellation that meets it connecting (measured on Python 3.11).
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_AGAIN_S)


async def _caught(coroutine: Coroutine[Any, Any, T]) -> tuple[T | None, Exception | None]:
    try:
        return await coroutine, None
    except Exception as error:  # noqa: BLE001 - handed on; a group would hide its class
        return None, error
