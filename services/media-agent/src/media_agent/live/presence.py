"""An agent's own presence in a room: that it lives, that it is alone, what it has lost."""

import asyncio
import logging
from typing import Final

from contracts.errors import UnavailableError
from contracts.rooms import HEARTBEAT_S
from media_agent.live.answers.answer_feed import AnswerFeed
from media_agent.live.floor import Floor
from media_agent.live.own_words import OwnWords
from media_agent.ports.coordination import AgentCoordination
from media_agent.ports.room import LiveRoom
from runtime.clock import Clock

log = logging.getLogger(__name__)

LEAVE_AFTER_S: Final = 15.0
"""Longer than a LiveKit server needs to restart: meanwhile everybody seems to have left."""
LOOK_EVERY_S: Final = 0.5
BEAT_TIMEOUT_S: Final = 0.9
BEATS_MISSED: Final = 3
SAY_TIMEOUT_S: Final = 20.0


async def until_alone(room: LiveRoom, clock: Clock) -> None:
    """Wait until nobody has been in the room for a while; a lost connection does not count."""
    alone_since_s: float | None = None
    while True:
        await clock.sleep(LOOK_EVERY_S)
        now_s = clock.monotonic()
        if room.people or not room.is_connected:
            alone_since_s = None
        elif alone_since_s is None:
            alone_since_s = now_s
        elif now_s - alone_since_s >= LEAVE_AFTER_S:
            return


class Heartbeat:
    """Beats each second, and notices by that when Redis is away: without it nobody answers."""

    def __init__(
        self,
        coordination: AgentCoordination,
        floor: Floor,
        clock: Clock,
        feed: AnswerFeed,
        own_words: OwnWords,
    ) -> None:
        """`feed` says up to which entry the next agent need not read."""
        self._coordination, self._floor, self._clock = coordination, floor, clock
        self._feed, self._own_words = feed, own_words
        self._missed = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            begun_s = self._clock.monotonic()
            await self._beat()
            if self._missed == BEATS_MISSED:
                log.warning("meeting.redis_lost")
                await self._floor.remark(self._own_words("redis_lost"), timeout_s=SAY_TIMEOUT_S)
            took_s = self._clock.monotonic() - begun_s
            await self._clock.sleep(max(0.1, HEARTBEAT_S - took_s))

    async def _beat(self) -> None:
        try:
            async with asyncio.timeout(BEAT_TIMEOUT_S):
                await self._coordination.beat()
                if (position := self._feed.position_done) is not None:
                    await self._coordination.note(position)
        except (UnavailableError, TimeoutError):
            self._missed += 1
            return
        missed, self._missed = self._missed, 0
        if missed >= BEATS_MISSED:
            log.info("meeting.redis_back")
            await self._floor.remark(self._own_words("redis_back"), timeout_s=SAY_TIMEOUT_S)
