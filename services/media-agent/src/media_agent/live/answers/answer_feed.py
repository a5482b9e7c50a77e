"""The session feed of a live meeting, read for the answers of its open turns."""

from functools import partial
from typing import Final

from media_agent.live.answers.answers import Answers
from media_agent.live.deps import MeetingDeps
from media_agent.meeting.feed_listener import FeedListener
from media_agent.ports.outbox import FeedItem

SILENCE_S: Final = 1.0


class AnswerFeed:
    """Begins where the last agent was done with the feed: what is in it by now is history."""

    def __init__(self, deps: MeetingDeps, answers: Answers) -> None:
        self._deps, self._answers = deps, answers
        self._listener = FeedListener(deps.follow, deps.outbox.session_id, deps.clock)
        self._newest: str | None = None
        self.run = partial(self._listener.run, self._take, resume=self._resume)

    @property
    def position_done(self) -> str | None:
        """Up to which entry all is done with; None: not quite, now."""
        return self._listener.position if self._answers.is_idle else None

    async def catch_up(self) -> None:
        """The newest entry may be a repeat, which is never read: silence is the present too."""
        while not self._answers.is_caught_up:
            before = self._listener.position
            await self._deps.clock.sleep(SILENCE_S)
            if self._newest is not None and self._listener.position == before:
                await self._answers.caught_up()

    async def _resume(self) -> None:
        if self._answers.is_caught_up:
            return
        self._listener.position = await self._deps.coordination.noted()
        newest = await self._deps.newest(self._deps.outbox.session_id)
        if newest is None or newest == self._listener.position:
            await self._answers.caught_up()
        self._newest = newest

    async def _take(self, item: FeedItem) -> None:
        age_s = max(0.0, self._deps.clock.now().timestamp() - _written_ms(item.entry_id) / 1000)
        self._answers.take(item.entry, self._deps.outbox.now_ms(), age_s=age_s)
        if not self._answers.is_caught_up and item.entry_id == self._newest:
            await self._answers.caught_up()


def _written_ms(entry_id: str) -> int:
    return int(entry_id.partition("-")[0])
