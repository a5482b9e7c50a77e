"""Asking a model while watching the turn's board: a lost lane, or barge-in, cancels the call."""

from dataclasses import dataclass, replace
from typing import Final, Self

from contracts.conversation import Attempt, SpeechInterrupted
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import Board, CallScope, Cursor, Lost, Models, Turn
from runtime.cancellation import first_of
from runtime.clock import Clock

WATCH_EVERY_S: Final = 0.1
"""Looked at, not blocked on: a blocking read would lose its connection at every cancellation."""


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
