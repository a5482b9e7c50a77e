"""What comes back from the others while a meeting is played: frames described, turns concluded."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import aclosing
from typing import Final

from contracts.errors import UnavailableError
from contracts.feed import Concluded, Described
from contracts.ids import FrameId, SessionId, TurnId
from media_agent.ports import Follow
from runtime.clock import Clock

FOLLOW_AGAIN_S: Final = 1.0
MAX_ANSWERS_WAITING: Final = 100


class FeedListener:
    """Listens to the session feed and remembers what is over."""

    def __init__(self) -> None:
        self._described: set[FrameId] = set()
        self._concluded: set[TurnId] = set()
        self._news = asyncio.Condition()
        self.answers: asyncio.Queue[Concluded] = asyncio.Queue(MAX_ANSWERS_WAITING)

    async def listen(self, follow: Follow, session_id: SessionId, clock: Clock) -> None:
        """Until cancelled; outlasts a Redis that is away for a while."""
        after: str | None = None
        while True:
            try:
                async with aclosing(follow(session_id, after)) as items:
                    async for item in items:
                        after = item.entry_id
                        await self._take(item.entry)
            except UnavailableError:
                await clock.sleep(FOLLOW_AGAIN_S)

    async def _take(self, entry: object) -> None:
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
