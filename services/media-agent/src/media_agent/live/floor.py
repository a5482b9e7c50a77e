"""Who has the floor: people always; Parley while nobody else speaks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from media_agent.domain.conversation.backchannel import is_backchannel
from media_agent.live.waiting import wait_for
from media_agent.ports.room import LiveRoom, SpeechHandle
from runtime.clock import Clock

TALKS_OVER_S: Final = 1.0
"""Who makes sounds for so long does not merely cough; a pause of a third of a second included."""
WORDS_TIMEOUT_S: Final = 1.5
"""So long after a shorter sound words may come that show what it was."""
END_TIMEOUT_S: Final = 2.0


class Floor:
    """Everything Parley says aloud goes through here; `run` must be running.

    Who makes a sound while Parley speaks silences it at once. If that was a cough or a backchannel
    ("okay"), Parley goes on where it was; else nothing more of it is said.
    """

    def __init__(self, room: LiveRoom, clock: Clock) -> None:
        self._room, self._clock = room, clock
        self._speakers: set[str] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._handles: list[SpeechHandle] = []
        self._interrupted: list[SpeechHandle] = []
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
                self._interrupted = active
                self._room.hold()
                self._words.clear()
                self._held.set()
            return
        self._speakers.discard(identity)
        if not self._speakers:
            self._quiet.set()

    def heard(self, text: str) -> None:
        """What somebody has said."""
        if not is_backchannel(text):
            self._words.set()

    async def run(self) -> None:
        """Decide about each sound that was made over Parley, until cancelled."""
        while True:
            await self._held.wait()
            if await self._is_meant():
                await self._interrupt()
            self._held.clear()
            self._room.release()

    async def quiet(self, *, timeout_s: float) -> bool:
        """Wait until nobody speaks. False: they still do."""
        return bool(await wait_for(self._quiet.wait, timeout_s, self._clock))

    def say(self, words: str | AsyncIterator[str]) -> SpeechHandle:
        """After what is being said already."""
        handle = self._room.say(words)
        self._handles = [*self._active(), handle]
        return handle

    async def remark(self, text: str, *, timeout_s: float) -> None:
        """Say a sentence of Parley's own to its end, if there is a pause for it in time."""
        if not text or not await self.quiet(timeout_s=timeout_s):
            return
        await self.say(text).wait_for_playout()

    def _active(self) -> list[SpeechHandle]:
        return [handle for handle in self._handles if not handle.is_over]

    async def _is_meant(self) -> bool:
        if not await wait_for(self._quiet.wait, TALKS_OVER_S, self._clock):
            return True
        await wait_for(self._words.wait, WORDS_TIMEOUT_S, self._clock)
        return self._words.is_set() or not self.is_quiet

    async def _interrupt(self) -> None:
        """Before sound may go out again, what was being said must be over."""
        for handle in self._interrupted:
            handle.interrupt()
        for handle in self._interrupted:
            await wait_for(handle.wait_for_playout, END_TIMEOUT_S, self._clock)
