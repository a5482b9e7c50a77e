"""How far the other services are with a recording: what is described, which turns are over."""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from contracts.feed import Concluded, Described
from contracts.ids import FrameId, TurnId
from media_agent.ports.outbox import FeedItem

MAX_ANSWERS_WAITING: Final = 100


class RecordingProgress:
    """Remembers what the session feed says, and lets others wait for it.

    Attributes:
        answers: each turn's end, once, in the order they came.
    """

    def __init__(self) -> None:
        self._described: set[FrameId] = set()
        self._concluded: set[TurnId] = set()
        self._news = asyncio.Condition()
        self.answers: asyncio.Queue[Concluded] = asyncio.Queue(MAX_ANSWERS_WAITING)

    async def take(self, item: FeedItem) -> None:
        """The next entry of the feed."""
        entry = item.entry
        if isinstance(entry, Described):
            self._described.add(entry.frame_id)
        elif isinstance(entry, Concluded):
            if entry.turn_id not in self._concluded:
                await self.answers.put(entry)
            self._concluded.add(entry.turn_id)
        else:
            return
        async with self._news:
            self._news.notify_all()

    async def described(
        self, frames: Collection[FrameId], *, all_but: int = 0, timeout_s: float
    ) -> bool:
        """Wait until no more than `all_but` of these are open. False: it took too long."""
        return await self._until(
            lambda: len([f for f in frames if f not in self._described]) <= all_but, timeout_s
        )

    async def concluded(self, turns: Collection[TurnId], *, timeout_s: float) -> bool:
        """Wait until all these turns are over. False: it took too long."""
        return await self._until(lambda: self._concluded.issuperset(turns), timeout_s)

    async def _until(self, done: Callable[[], bool], timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(done)
        except TimeoutError:
            return False
        return True
