"""Who has the floor: people always; Parley while nobody else speaks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from media_agent.domain.talk import is_company
from media_agent.handlers.live.waiting import before
from media_agent.ports import LiveRoom, Saying
from runtime.clock import Clock

TALKS_OVER_S: Final = 1.0
"""Who makes sounds for so long does not merely cough; a pause of a third of a second included."""
WORDS_TIMEOUT_S: Final = 1.5
"""So long after a shorter sound words may come that show what it was."""
END_TIMEOUT_S: Final = 2.0


class Floor:
    """Everything Parley says aloud goes through here; `run` must be running.

    Who makes a sound while Parley speaks silences it at once. If that was a cough, or a word to
    keep company, Parley goes on where it was; else nothing more of it is said.
    """

    def __init__(self, room: LiveRoom, clock: Clock) -> None:
        self._room, self._clock = room, clock
        self._speakers: set[str] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._sayings: list[Saying] = []
        self._spoken_over: list[Saying] = []
        self._held = asyncio.Event()
        self._words = asyncio.Event()

    @property
    def is_quiet(self) -> bool:
        return self._quiet.is_set()

    def speaking(self, identity: str, *, speaks: bool) -> None:
        """Somebody makes sounds, or stops."""
        if speaks:
            self._speakers.add(identity)
            self._quiet.clear()
            active = self._active()
            if active and not self._held.is_set():
                self._spoken_over = active
                self._room.hold()
                self._words.clear()
                self._held.set()
            return
        self._speakers.discard(identity)
        if not self._speakers:
            self._quiet.set()

    def heard(self, text: str) -> None:
        """What somebody has said."""
        if not is_company(text):
            self._words.set()

    async def run(self) -> None:
        """Decide about each sound that was made over Parley, until cancelled."""
        while True:
            await self._held.wait()
            if await self._is_meant():
                await self._hush()
            self._held.clear()
            self._room.release()

    async def quiet(self, *, timeout_s: float) -> bool:
        """Wait until nobody speaks. False: they still do."""
        return bool(await before(self._quiet.wait, timeout_s, self._clock))

    def say(self, words: str | AsyncIterator[str]) -> Saying:
        """After what is being said already."""
        saying = self._room.say(words)
        self._sayings = [*self._active(), saying]
        return saying

    async def remark(self, text: str, *, timeout_s: float) -> None:
        """Say a sentence of one's own, if there is a pause for it in time, and wait until said."""
        if not text or not await self.quiet(timeout_s=timeout_s):
            return
        await self.say(text).over()

    def _active(self) -> list[Saying]:
        return [saying for saying in self._sayings if not saying.is_over]

    async def _is_meant(self) -> bool:
        if not await before(self._quiet.wait, TALKS_OVER_S, self._clock):
            return True
        await before(self._words.wait, WORDS_TIMEOUT_S, self._clock)
        return self._words.is_set() or not self.is_quiet

    async def _hush(self) -> None:
        """Before sound may go out again, what was being said must be over."""
        for saying in self._spoken_over:
            saying.hush()
        for saying in self._spoken_over:
            await before(saying.over, END_TIMEOUT_S, self._clock)
