"""A live meeting as its agent lives through it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final, Literal

from contracts.errors import UnavailableError
from contracts.feed import Ended, Started
from contracts.ids import SessionId
from contracts.media import MeetingEnded
from contracts.tenants import TenantConfig, TenantState
from media_agent.domain.conversation import Person, Speech
from media_agent.live.answers import Answers
from media_agent.live.chat import Chat
from media_agent.live.floor import Floor
from media_agent.live.hearing import Hearing
from media_agent.live.outbox import Outbox
from media_agent.live.presence import Heartbeat, until_alone
from media_agent.live.speaking import Speaking
from media_agent.live.speech_status import ProviderStatusAnnouncer
from media_agent.ports import AgentCoordination, Follow, LiveRoom, Screens
from runtime.clock import Clock
from runtime.feed import FeedGapError

log = logging.getLogger(__name__)

FOLLOW_AGAIN_S: Final = 1.0
SILENCE_S: Final = 1.0
LEAVE_TIMEOUT_S: Final = 2.0
WELCOME_TIMEOUT_S: Final = 10.0
LOOK_AGAIN_S: Final = 2.0
OUTBOX_FULL: Final = (
    "I could not write down what was said for a while; that part will be missing in the record."
)

Tenant = Callable[[], Awaitable[TenantState | None]]
Newest = Callable[[SessionId], Awaitable[str | None]]
How = Literal["left", "stopped"]


@dataclass(frozen=True)
class MeetingDeps:
    """Everything that a live meeting is attended with.

    Attributes:
        follow: the session's feed after an entry, then what comes.
        newest: entry id of the newest one.
        tenant: as it is now; None when it was never known, then defaults hold.
        screens: None where nothing is looked at.
        speech_status: with ears and voice, as they are told.
        filler_after_s: of silence after a question, before a short sentence fills it.
    """

    room: LiveRoom
    outbox: Outbox
    coordination: AgentCoordination
    follow: Follow
    newest: Newest
    tenant: Tenant
    screens: Screens | None
    speech_status: ProviderStatusAnnouncer
    clock: Clock
    filler_after_s: float = 0.9


class Meeting:
    """One agent's time in one room; the room tells it what happens (ports.RoomEvents)."""

    def __init__(self, deps: MeetingDeps) -> None:
        self._with = deps
        room, outbox, clock = deps.room, deps.outbox, deps.clock
        self._floor = Floor(room, clock)
        coordination, screens = deps.coordination, deps.screens
        self._chat = Chat(room, outbox, coordination, screens, clock)
        self._hearing = Hearing(room, outbox, coordination, screens, self._config)
        speaking = Speaking(
            self._floor,
            outbox,
            clock,
            write=self._chat.write,
            filler_after_s=deps.filler_after_s,
        )
        self._answers = Answers(speak=speaking, write=self._chat.write, clock=clock)
        self._heartbeat = Heartbeat(coordination, self._floor, clock, self._done_with)
        self._came = asyncio.Event()
        self._read_up_to: str | None = None
        self._newest: str | None = None

    def joined(self, person: Person) -> None:
        self._came.set()

    def left(self, person: Person) -> None:
        self.speaking(person, speaks=False)
        self._chat.left(person.identity)

    def speaking(self, person: Person, *, speaks: bool) -> None:
        self._floor.speaking(person.identity, speaks=speaks)
        if self._with.screens is not None:
            self._with.screens.speaking(not self._floor.is_quiet)

    def heard(self, speech: Speech) -> None:
        self._floor.heard(speech.text)
        self._hearing.heard(speech)

    def wrote(self, person: Person, message_id: str, text: str | None) -> None:
        self._chat.wrote(person, message_id, text)

    async def run(self, stop: asyncio.Event) -> How:
        """Until everybody has left, or until `stop`: then another agent may take the room."""
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(life())
                    for life in (
                        self._follow,
                        self._catch_up,
                        self._answers.run,
                        lambda: self._hearing.run(self._answers),
                        lambda: self._chat.run(self._answers),
                        self._floor.run,
                        self._heartbeat.run,
                        self._welcome,
                        self._mind,
                        lambda: self._with.speech_status.run(self._floor, self._chat),
                    )
                ]
                how = await self._until_over(tasks, stop)
                await self._leave(how)
                for task in background:
                    task.cancel()
        except BaseExceptionGroup as group:
            # The group only says that tasks were used.
            raise group.exceptions[0] from group
        return how

    async def _until_over(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> How:
        outbox = self._with.outbox
        fact, part = outbox.beginning, str(outbox.now_ms())
        # Each agent says that the meeting goes on: people may have come back after an end.
        entry = Started(event_id=outbox.id_of(fact, part), meeting=fact)
        await outbox.state(fact, feed=[entry], part=part)
        alone = tasks.create_task(until_alone(self._with.room, self._with.clock))
        told = tasks.create_task(stop.wait())
        await asyncio.wait([alone, told], return_when=asyncio.FIRST_COMPLETED)
        how: How = "left" if alone.done() or self._with.room.is_over else "stopped"
        alone.cancel()
        told.cancel()
        return how

    async def _leave(self, how: How) -> None:
        outbox = self._with.outbox
        if how == "left":
            now_ms = outbox.now_ms()
            fact = MeetingEnded(reason="left", duration_ms=now_ms)
            # People may come back to the room: each end is one of its own.
            part = str(now_ms)
            entry = Ended(event_id=outbox.id_of(fact, part), meeting=fact)
            await outbox.state(fact, feed=[entry], part=part)
        with suppress(UnavailableError, TimeoutError):
            async with asyncio.timeout(LEAVE_TIMEOUT_S):
                await self._with.coordination.leave()

    async def _welcome(self) -> None:
        """To whoever comes first, once in all; whoever comes back, or a second agent, says none."""
        await self._came.wait()
        try:
            welcome = (await self._config()).welcome
            if welcome and await self._with.coordination.first("welcome"):
                await self._floor.remark(welcome, timeout_s=WELCOME_TIMEOUT_S)
        except UnavailableError:
            log.warning("meeting.no_welcome")

    async def _mind(self) -> None:
        """What the tenant changes while the meeting goes on, and what could not be written down."""
        lost = 0
        while True:
            config = await self._config()
            self._with.room.look(at_screens=config.vision)
            if self._with.outbox.lost > lost:
                lost = self._with.outbox.lost
                await self._floor.remark(OUTBOX_FULL, timeout_s=WELCOME_TIMEOUT_S)
            await self._with.clock.sleep(LOOK_AGAIN_S)

    async def _config(self) -> TenantConfig:
        tenant = await self._with.tenant()
        return TenantConfig() if tenant is None else tenant.config

    def _done_with(self) -> str | None:
        return self._read_up_to if self._answers.is_idle else None

    async def _follow(self) -> None:
        """Take the feed from where the last agent was done with it; outlasts a lost Redis."""
        while True:
            try:
                if not self._answers.is_caught_up:
                    self._read_up_to = await self._with.coordination.noted()
                    newest = await self._with.newest(self._with.outbox.session_id)
                    if newest is None or newest == self._read_up_to:
                        await self._answers.caught_up()
                    self._newest = newest
                await self._read()
            except UnavailableError:
                await self._with.clock.sleep(FOLLOW_AGAIN_S)
            except FeedGapError:
                self._read_up_to = None

    async def _read(self) -> None:
        session_id, clock = self._with.outbox.session_id, self._with.clock
        async with aclosing(self._with.follow(session_id, self._read_up_to)) as items:
            async for item in items:
                age_s = max(0.0, clock.now().timestamp() - _written_ms(item.entry_id) / 1000)
                self._answers.take(item.entry, self._with.outbox.now_ms(), age_s=age_s)
                self._read_up_to = item.entry_id
                if not self._answers.is_caught_up and item.entry_id == self._newest:
                    await self._answers.caught_up()

    async def _catch_up(self) -> None:
        """The newest entry may be a repeat, which is never read: silence is the present too."""
        while not self._answers.is_caught_up:
            before = self._read_up_to
            await self._with.clock.sleep(SILENCE_S)
            if self._newest is not None and self._read_up_to == before:
                await self._answers.caught_up()


def _written_ms(entry_id: str) -> int:
    return int(entry_id.partition("-")[0])
