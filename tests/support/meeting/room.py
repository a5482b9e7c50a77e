"""A room without LiveKit: what is said in it is heard at once, and kept to be looked at."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from contracts.conversation import Screen
from contracts.ids import FrameId, TurnId
from media_agent.domain.conversation.people import Person
from media_agent.ports.room import ChatLine, Playout


class FakeSpeechHandle:
    """Heard at once as far as the words have come, unless the room is mute or still plays."""

    def __init__(self, room: "FakeRoom", words: str | AsyncIterator[str]) -> None:
        self._room, self._words = room, words
        self.text = ""
        self._began = asyncio.Event()
        self._over = asyncio.Event()
        self.interrupted = False
        self.task = room.tasks.create_task(self._play())

    async def _play(self) -> None:
        if self._room.is_mute:
            self._finish()
            return
        if isinstance(self._words, str):
            self._hear(self._words)
        else:
            async for piece in self._words:
                self._hear(piece)
        await self._room.played.wait()
        self._finish()

    def _hear(self, piece: str) -> None:
        self.text += piece
        self._began.set()

    def _finish(self) -> None:
        self._over.set()

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    async def wait_for_first_audio(self) -> bool:
        began = asyncio.ensure_future(self._began.wait())
        over = asyncio.ensure_future(self._over.wait())
        await asyncio.wait([began, over], return_when=asyncio.FIRST_COMPLETED)
        began.cancel()
        over.cancel()
        return self._began.is_set()

    async def wait_for_playout(self) -> Playout:
        await self._over.wait()
        return Playout(heard_chars=len(self.text), interrupted=self.interrupted)

    def interrupt(self) -> None:
        if not self.is_over:
            self.interrupted = True
            self.task.cancel()
            self._finish()


@dataclass
class FakeLine:
    turn_id: TurnId | None
    text: str = ""
    is_closed: bool = False

    async def write(self, text: str) -> None:
        self.text += text

    async def close(self) -> None:
        self.is_closed = True


class FakeRoom:
    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.tasks = tasks
        self.people: list[Person] = []
        self.is_connected = True
        self.is_over = False
        self.is_mute = False
        self.is_held = False
        self.played = asyncio.Event()
        self.played.set()
        self.handles: list[FakeSpeechHandle] = []
        self.lines: list[FakeLine] = []
        self.looks_at_screens: bool | None = None

    def say(self, words: str | AsyncIterator[str]) -> FakeSpeechHandle:
        self.handles.append(FakeSpeechHandle(self, words))
        return self.handles[-1]

    def hold(self) -> None:
        self.is_held = True

    def release(self) -> None:
        self.is_held = False

    async def write(self, turn_id: TurnId | None = None) -> ChatLine:
        self.lines.append(FakeLine(turn_id))
        return self.lines[-1]

    def look(self, *, at_screens: bool) -> None:
        self.looks_at_screens = at_screens

    @property
    def said(self) -> list[str]:
        """What was begun to be heard, in order."""
        return [handle.text for handle in self.handles if handle.text]


@dataclass
class FakeScreens:
    shown: Screen | None = None
    breaks: bool = False
    asked_at_ms: list[int] = field(default_factory=list[int])
    speaking_told: list[bool] = field(default_factory=list[bool])
    saves: bool = False

    def save(self, saves: bool) -> None:
        self.saves = saves

    def speaking(self, is_speaking: bool) -> None:
        self.speaking_told.append(is_speaking)

    async def screen(self, at_ms: int) -> Screen | None:
        self.asked_at_ms.append(at_ms)
        if self.breaks:
            raise ValueError("broken")
        return self.shown


@dataclass
class FakeMeetingSpeech:
    """Ears and a voice that cost money, and a voice that does not, where there is one."""

    has_own_voice: bool = True
    pays_ears: bool = True
    pays_voice: bool = True

    def pay(self, *, ears: bool, voice: bool) -> None:
        self.pays_ears, self.pays_voice = ears, voice

    @property
    def may_speak(self) -> bool:
        return self.pays_voice or self.has_own_voice


def a_screen() -> Screen:
    return Screen(frame_id=FrameId(UUID(int=9)), shown_at_ms=1_000)
