"""A live meeting as its agent lives through it."""

import asyncio
import logging
from contextlib import suppress
from typing import Final, Literal

from contracts.errors import UnavailableError
from contracts.feed import Ended, Started
from contracts.media import MeetingEnded
from media_agent.domain.conversation.people import LiveTranscript, Person
from media_agent.live.answers.answer_feed import AnswerFeed
from media_agent.live.answers.answer_speaker import AnswerSpeaker
from media_agent.live.answers.answers import Answers
from media_agent.live.answers.chat_writer import ChatWriter
from media_agent.live.answers.saving import Saving
from media_agent.live.chat import ChatQuestions
from media_agent.live.deps import MeetingDeps
from media_agent.live.floor import Floor
from media_agent.live.presence import Heartbeat, until_alone
from media_agent.live.speech_status import SpeechStatusAnnouncer
from media_agent.live.utterances import LiveUtterances
from media_agent.meeting.background import background

log = logging.getLogger(__name__)

LEAVE_TIMEOUT_S: Final = 2.0
WELCOME_TIMEOUT_S: Final = 10.0
LOOK_AGAIN_S: Final = 2.0

MeetingOutcome = Literal["left", "stopped"]


class Meeting:
    """One agent's time in one room; the room calls it (ports.room.RoomEvents)."""

    def __init__(self, deps: MeetingDeps) -> None:
        self._deps = deps
        outbox, clock, words = deps.outbox, deps.clock, deps.own_words
        self._floor = Floor(deps.room, clock)
        writer = ChatWriter(deps.room, outbox, words)
        self._saving = Saving(deps, self._floor, writer)
        speaker = AnswerSpeaker(self._floor, deps, write=writer.answer, written=self._saving.write)
        self._answers = Answers(words, speak=speaker, write=writer.answer, clock=clock)
        self._feed = AnswerFeed(deps, self._answers)
        self._chat = ChatQuestions(deps, self._answers, writer)
        self._utterances = LiveUtterances(deps, self._answers)
        self._heartbeat = Heartbeat(deps.coordination, self._floor, clock, self._feed, words)
        self._status = SpeechStatusAnnouncer(deps.speech_problems, self._floor, writer, words)
        self._first_join = asyncio.Event()

    def joined(self, person: Person) -> None:
        self._first_join.set()

    def left(self, person: Person) -> None:
        self.speaking(person, speaks=False)
        self._chat.left(person.identity)

    def speaking(self, person: Person, *, speaks: bool) -> None:
        self._floor.speaking(person.identity, speaks=speaks)
        self._deps.screens.speaking(not self._floor.is_quiet)

    def heard(self, utterance: LiveTranscript) -> None:
        self._floor.heard(utterance.text)
        self._utterances.put(utterance)

    def wrote(self, person: Person, message_id: str, text: str | None) -> None:
        self._chat.put(person, message_id, text)

    async def run(self, stop: asyncio.Event) -> MeetingOutcome:
        """Until everybody has left, or until `stop`: then another agent may take the room."""
        async with background(
            self._feed.run,
            self._feed.catch_up,
            self._answers.run,
            self._utterances.run,
            self._chat.run,
            self._floor.run,
            self._heartbeat.run,
            self._welcome,
            self._follow_config,
            self._status.run,
            self._saving.run,
        ) as tasks:
            outcome = await self._until_over(tasks, stop)
            await self._leave(outcome)
        return outcome

    async def _until_over(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> MeetingOutcome:
        outbox = self._deps.outbox
        fact, part = outbox.beginning, str(outbox.now_ms())
        # Each agent says that the meeting goes on: people may have come back after an end.
        entry = Started(event_id=outbox.id_of(fact, part), meeting=fact)
        await outbox.state(fact, feed=[entry], part=part)
        alone = tasks.create_task(until_alone(self._deps.room, self._deps.clock))
        stopped = tasks.create_task(stop.wait())
        await asyncio.wait([alone, stopped], return_when=asyncio.FIRST_COMPLETED)
        outcome: MeetingOutcome = "left" if alone.done() or self._deps.room.is_over else "stopped"
        alone.cancel()
        stopped.cancel()
        return outcome

    async def _leave(self, outcome: MeetingOutcome) -> None:
        outbox = self._deps.outbox
        if outcome == "left":
            now_ms = outbox.now_ms()
            fact = MeetingEnded(reason="left", duration_ms=now_ms)
            # People may come back to the room: each end is one of its own.
            part = str(now_ms)
            entry = Ended(event_id=outbox.id_of(fact, part), meeting=fact)
            await outbox.state(fact, feed=[entry], part=part)
        with suppress(UnavailableError, TimeoutError):
            async with asyncio.timeout(LEAVE_TIMEOUT_S):
                await self._deps.coordination.leave()

    async def _welcome(self) -> None:
        """To whoever comes first, once in all; whoever comes back, or a second agent, says none."""
        await self._first_join.wait()
        try:
            await self._deps.config()
            welcome = self._deps.own_words.welcome
            if welcome and await self._deps.coordination.first("welcome"):
                await self._floor.remark(welcome, timeout_s=WELCOME_TIMEOUT_S)
        except UnavailableError:
            log.warning("meeting.no_welcome")

    async def _follow_config(self) -> None:
        """What the tenant changes while the meeting goes on, and what could not be written down."""
        lost = 0
        while True:
            config = await self._deps.config()
            self._deps.room.look(at_screens=config.vision)
            if self._deps.outbox.lost > lost:
                lost = self._deps.outbox.lost
                await self._floor.remark(
                    self._deps.own_words("record_lost"), timeout_s=WELCOME_TIMEOUT_S
                )
            await self._deps.clock.sleep(LOOK_AGAIN_S)
