"""A live meeting without LiveKit, Redis or time: all its parts, with fakes around them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from contracts.budgets import BudgetStep
from contracts.conversation import Channel, TurnTaken
from contracts.feed import FeedEntry
from contracts.ids import SessionId, TenantId
from contracts.rooms import Dispatch
from contracts.tenants import TenantConfig, TenantState
from media_agent.domain.conversation.people import LiveTranscript, Person
from media_agent.live.deps import MeetingDeps
from media_agent.live.meeting import Meeting
from media_agent.live.outbox import LiveOutbox
from media_agent.live.speech_problems import SpeechProblems
from support.meeting.clock import OPENED, VirtualClock, settle
from support.meeting.entries import accepted, concluded
from support.meeting.redis import FakeCoordination, FakeRedis
from support.meeting.room import FakeMeetingSpeech, FakeRoom, FakeScreens

SESSION = SessionId(UUID("0199a000-0000-7000-8000-000000000001"))
DISPATCH = Dispatch(
    tenant_id=TenantId("acme"),
    session_id=SESSION,
    room="tenant_acme_standup",
    opened_at=OPENED,
    title="Standup",
)
ANN, BEN = Person("ann-1", "Ann"), Person("ben-1", "Ben")


class Scene:
    """One agent in one room, and hands to move everything around it."""

    def __init__(
        self, tasks: asyncio.TaskGroup, redis: FakeRedis, config: TenantConfig, agent: str
    ) -> None:
        self.redis, self.clock, self.config = redis, redis.clock, config
        self.room = FakeRoom(tasks)
        self.screens = FakeScreens()
        self.speech = FakeMeetingSpeech()
        self.budget_step: BudgetStep = "full"
        self.speech_problems = SpeechProblems()
        self.outbox = LiveOutbox(DISPATCH, publish=redis.publish, tell=redis.tell, clock=self.clock)
        self.meeting = Meeting(
            MeetingDeps(
                room=self.room,
                outbox=self.outbox,
                coordination=FakeCoordination(redis, agent),
                follow=redis.follow,
                newest=redis.newest,
                tenant=self._tenant,
                screens=self.screens,
                speech=self.speech,
                speech_problems=self.speech_problems,
                budget_step=self._budget_step,
                clock=self.clock,
            )
        )
        self.stop = asyncio.Event()
        self.how = ""

    async def _budget_step(self) -> BudgetStep:
        return self.budget_step

    async def _tenant(self) -> TenantState:
        return TenantState(
            tenant_id=DISPATCH.tenant_id, name="Acme", tier="free", version=1, config=self.config
        )

    async def live(self) -> None:
        async with self.outbox.running():
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
        now_ms = self.outbox.now_ms()
        self.meeting.speaking(person, speaks=True)
        self.meeting.speaking(person, speaks=False)
        self.meeting.heard(
            LiveTranscript(
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
    *people: Person, redis: FakeRedis | None = None, agent: str = "agent-1", **config: Any
) -> AsyncGenerator[Scene]:
    """A meeting that runs, with these people in it; says no welcome unless told."""
    redis = redis or FakeRedis(VirtualClock())
    async with asyncio.TaskGroup() as tasks:
        scene = Scene(tasks, redis, TenantConfig.model_validate({"welcome": ""} | config), agent)
        living = tasks.create_task(scene.live())
        await settle()
        await scene.join(*people)
        try:
            yield scene
        finally:
            scene.stop.set()
            await settle()
            for handle in scene.room.handles:
                handle.task.cancel()
            if not living.done():
                living.cancel()
                with suppress(asyncio.CancelledError):
                    await living


def turns(scene: Scene, channel: Channel) -> Sequence[TurnTaken]:
    return [turn for turn in scene.redis.stated(TurnTaken) if turn.channel == channel]
