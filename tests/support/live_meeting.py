"""A live meeting without LiveKit, Redis or time: the handlers with fakes all around them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from contracts.conversation import AnswerRefused, Channel, Screen, TurnTaken
from contracts.errors import UnavailableError
from contracts.fact import Envelope, Fact
from contracts.feed import Accepted, Concluded, Draft, FeedEntry
from contracts.ids import FrameId, SessionId, TenantId, TurnId
from contracts.rooms import Dispatch
from contracts.tenants import TenantConfig, TenantState
from media_agent.domain.talk import Person, Speech
from media_agent.handlers.live.chronicle import Chronicle
from media_agent.handlers.live.meeting import Company, Meeting
from media_agent.handlers.live.troubles import Troubles
from media_agent.ports import ChatLine, Said
from runtime.feed import FeedItem
from support.meetings import answered

F = TypeVar("F", bound=Fact)

OPENED = datetime(2026, 11, 21, 12, tzinfo=UTC)
SESSION = SessionId(UUID("0199a000-0000-7000-8000-000000000001"))
DISPATCH = Dispatch(
    tenant_id=TenantId("acme"),
    session_id=SESSION,
    room="tenant_acme_standup",
    opened_at=OPENED,
    title="Standup",
)
ANN, BEN = Person("ann-1", "Ann"), Person("ben-1", "Ben")
SETTLE_STEPS = 60


async def settle() -> None:
    """Let every task do what it can without time going on."""
    for _ in range(SETTLE_STEPS):
        await asyncio.sleep(0)


class VirtualClock:
    """Stands still until it is advanced; sleepers wake in their order."""

    def __init__(self) -> None:
        self._s = 100.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return OPENED + timedelta(seconds=self._s)

    def monotonic(self) -> float:
        return self._s

    async def sleep(self, seconds: float) -> None:
        sleeper = (self._s + max(seconds, 0.001), asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    async def advance(self, seconds: float) -> None:
        """Let time go on, and everything happen meanwhile that is due."""
        until_s = self._s + seconds
        await settle()
        while due := [one for one in self._sleepers if one[0] <= until_s and not one[1].done()]:
            wakes_s, sleeper = min(due, key=lambda one: one[0])
            self._s = max(self._s, wakes_s)
            sleeper.set_result(None)
            await settle()
        self._s = until_s


class FakeSaying:
    """Heard at once as far as the words have come, unless the room is mute or still plays."""

    def __init__(self, room: "FakeRoom", words: str | AsyncIterator[str]) -> None:
        self._room, self._words = room, words
        self.text = ""
        self._began = asyncio.Event()
        self._over = asyncio.Event()
        self.hushed = False
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

    async def began(self) -> bool:
        began = asyncio.ensure_future(self._began.wait())
        over = asyncio.ensure_future(self._over.wait())
        await asyncio.wait([began, over], return_when=asyncio.FIRST_COMPLETED)
        began.cancel()
        over.cancel()
        return self._began.is_set()

    async def over(self) -> Said:
        await self._over.wait()
        return Said(heard_chars=len(self.text), hushed=self.hushed)

    def hush(self) -> None:
        if not self.is_over:
            self.hushed = True
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
        self.sayings: list[FakeSaying] = []
        self.lines: list[FakeLine] = []
        self.looks_at_screens: bool | None = None

    def say(self, words: str | AsyncIterator[str]) -> FakeSaying:
        self.sayings.append(FakeSaying(self, words))
        return self.sayings[-1]

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
        return [saying.text for saying in self.sayings if saying.text]


@dataclass
class FakeRedis:
    """Facts, one feed, and what agents remember; survives them."""

    clock: VirtualClock
    is_away: bool = False
    facts: list[Envelope[Any]] = field(default_factory=list[Envelope[Any]])
    items: list[FeedItem] = field(default_factory=list[FeedItem])
    done: set[str] = field(default_factory=set[str])
    position: str | None = None
    beats: int = 0
    has_left: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, *envelopes: Envelope[Any]) -> object:
        self._answer()
        self.facts += envelopes
        return None

    async def tell(self, session_id: SessionId, /, *entries: FeedEntry) -> object:
        self._answer()
        self.add(*entries)
        return None

    def add(self, *entries: FeedEntry, ago_s: float = 0.0) -> None:
        """As somebody else writes to the feed."""
        for entry in entries:
            at_ms = round((self.clock.now().timestamp() - ago_s) * 1000)
            self.items.append(FeedItem(f"{at_ms}-{len(self.items)}", entry))
        self.news.set()
        self.news = asyncio.Event()

    async def follow(self, session_id: SessionId, after: str | None) -> AsyncGenerator[FeedItem]:
        ids = [item.entry_id for item in self.items]
        at = 0 if after is None else ids.index(after) + 1
        while True:
            while at < len(self.items):
                at += 1
                yield self.items[at - 1]
            await self.news.wait()

    async def newest(self, session_id: SessionId) -> str | None:
        self._answer()
        return self.items[-1].entry_id if self.items else None

    async def beat(self) -> None:
        self._answer()
        self.beats += 1

    async def leave(self) -> None:
        self._answer()
        self.has_left = True

    async def first(self, what: str) -> bool:
        self._answer()
        is_first = what not in self.done
        self.done.add(what)
        return is_first

    async def note(self, position: str) -> None:
        self._answer()
        self.position = position

    async def noted(self) -> str | None:
        self._answer()
        return self.position

    def _answer(self) -> None:
        if self.is_away:
            raise UnavailableError("away")

    def stated(self, kind: type[F]) -> list[F]:
        """Facts of a class, each once."""
        found = {fact.id: fact.data for fact in self.facts if isinstance(fact.data, kind)}
        return list(found.values())

    def fed(self, kind: str) -> list[Any]:
        return [item.entry for item in self.items if item.entry.kind == kind]


@dataclass
class FakeScreens:
    shown: Screen | None = None
    breaks: bool = False
    asked_at_ms: list[int] = field(default_factory=list[int])
    speaking_told: list[bool] = field(default_factory=list[bool])

    def speaking(self, is_speaking: bool) -> None:
        self.speaking_told.append(is_speaking)

    async def screen(self, at_ms: int) -> Screen | None:
        self.asked_at_ms.append(at_ms)
        if self.breaks:
            raise ValueError("broken")
        return self.shown


def a_screen() -> Screen:
    return Screen(frame_id=FrameId(UUID(int=9)), shown_at_ms=1_000)


class Scene:
    """One agent in one room, and hands to move everything around it."""

    def __init__(self, tasks: asyncio.TaskGroup, redis: FakeRedis, config: TenantConfig) -> None:
        self.redis, self.clock, self.config = redis, redis.clock, config
        self.room = FakeRoom(tasks)
        self.screens = FakeScreens()
        self.troubles = Troubles()
        self.chronicle = Chronicle(
            DISPATCH, publish=redis.publish, tell=redis.tell, clock=self.clock
        )
        self.meeting = Meeting(
            Company(
                room=self.room,
                chronicle=self.chronicle,
                memory=redis,
                follow=redis.follow,
                newest=redis.newest,
                tenant=self._tenant,
                screens=self.screens,
                troubles=self.troubles,
                clock=self.clock,
            )
        )
        self.stop = asyncio.Event()
        self.how = ""

    async def _tenant(self) -> TenantState:
        return TenantState(
            tenant_id=DISPATCH.tenant_id, name="Acme", tier="free", version=1, config=self.config
        )

    async def live(self) -> None:
        async with self.chronicle.running():
            self.how = await self.meeting.run(self.stop)

    async def join(self, *people: Person) -> None:
        for person in people:
            self.room.people.append(person)
            self.meeting.joined(person)
        await self.clock.advance(0.1)

    async def part(self, person: Person) -> None:
        self.room.people.remove(person)
        self.meeting.left(person)
        await settle()

    async def speak(self, text: str, person: Person = ANN) -> TurnTaken | None:
        """They say something and pause. The turn that it is, if it is one."""
        before = len(self.redis.stated(TurnTaken))
        await self.clock.advance(0.01)
        now_ms = self.chronicle.now_ms()
        self.meeting.speaking(person, speaks=True)
        self.meeting.speaking(person, speaks=False)
        self.meeting.heard(
            Speech(
                person,
                text,
                start_ms=now_ms - 2_000,
                end_ms=now_ms - 500,
                transcript_ms=now_ms - 100,
                decided_ms=now_ms,
            )
        )
        await settle()
        turns = self.redis.stated(TurnTaken)
        return turns[-1] if len(turns) > before else None

    async def ask(self, text: str = "What does it cost?", person: Person = ANN) -> TurnTaken:
        turn = await self.speak(text, person)
        assert turn is not None
        return turn

    async def write(self, text: str | None, person: Person = ANN, message_id: str = "m1") -> None:
        self.meeting.wrote(person, message_id, text)
        await settle()

    async def feed(self, *entries: FeedEntry) -> None:
        self.redis.add(*entries)
        await settle()

    async def answer(self, turn: TurnTaken, text: str) -> None:
        """All at once."""
        await self.feed(accepted(turn, text), concluded(turn, text))


@asynccontextmanager
async def a_scene(
    *people: Person, redis: FakeRedis | None = None, **config: Any
) -> AsyncGenerator[Scene]:
    """A meeting that runs, with these people in it; says no welcome unless told."""
    redis = redis or FakeRedis(VirtualClock())
    async with asyncio.TaskGroup() as tasks:
        scene = Scene(tasks, redis, TenantConfig.model_validate({"welcome": ""} | config))
        living = tasks.create_task(scene.live())
        await settle()
        await scene.join(*people)
        try:
            yield scene
        finally:
            scene.stop.set()
            await settle()
            for saying in scene.room.sayings:
                saying.task.cancel()
            if not living.done():
                living.cancel()
                with suppress(asyncio.CancelledError):
                    await living


def draft(turn: TurnTaken, text: str) -> Draft:
    return Draft(turn_id=turn.turn_id, run=1, attempt=1, text=text)


def accepted(turn: TurnTaken, text: str, *, run: int = 1) -> Accepted:
    return Accepted(turn_id=turn.turn_id, run=run, attempt=1, channel=turn.channel, text=text)


def concluded(turn: TurnTaken, text: str, *, run: int = 1) -> Concluded:
    return Concluded(turn_id=turn.turn_id, run=run, answer=answered(turn, text))


def refused(turn: TurnTaken, text: str) -> Concluded:
    refusal = AnswerRefused(turn_id=turn.turn_id, channel=turn.channel, reason="budget", text=text)
    return Concluded(turn_id=turn.turn_id, run=1, refusal=refusal)


def superseded(turn: TurnTaken) -> Concluded:
    return Concluded(turn_id=turn.turn_id, run=1, superseded=True)


def turns(scene: Scene, channel: Channel) -> Sequence[TurnTaken]:
    return [turn for turn in scene.redis.stated(TurnTaken) if turn.channel == channel]
