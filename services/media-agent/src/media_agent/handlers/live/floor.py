"""Who has the floor: people always; Parley while nobody else speaks."""

import asyncio
from collections.abc import AsyncIterator

from media_agent.handlers.live.waiting import before
from media_agent.ports import LiveRoom, Saying
from runtime.clock import Clock


class Floor:
    """Everything Parley says aloud goes through here."""

    def __init__(self, room: LiveRoom, clock: Clock) -> None:
        self._room, self._clock = room, clock
        self._speakers: set[str] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._sayings: list[Saying] = []

    @property
    def is_quiet(self) -> bool:
        return self._quiet.is_set()

    def speaking(self, identity: str, *, speaks: bool) -> None:
        """Somebody speaks, or stops: who speaks over Parley silences it."""
        if speaks:
            self._speakers.add(identity)
            self._quiet.clear()
            self.hush()
        else:
            self._speakers.discard(identity)
            if not self._speakers:
                self._quiet.set()

    def hush(self) -> None:
        """Nothing of what is being said, or waits to be, is heard any more."""
        for saying in self._sayings:
            saying.hush()
        self._sayings.clear()

    async def quiet(self, *, at_most_s: float) -> bool:
        """Wait until nobody speaks. False: they still do."""
        return bool(await before(self._quiet.wait, at_most_s, self._clock))

    def say(self, words: str | AsyncIterator[str]) -> Saying:
        """After what is being said already."""
        saying = self._room.say(words)
        self._sayings = [earlier for earlier in self._sayings if not earlier.is_over]
        self._sayings.append(saying)
        return saying

    async def remark(self, text: str, *, at_most_s: float) -> None:
        """Say a sentence of one's own, if there is a pause for it in time, and wait until said."""
        if not text or not await self.quiet(at_most_s=at_most_s):
            return
        await self.say(text).over()
