"""The answers of a live meeting: from the session feed to the people, each once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from contracts.conversation import Channel
from contracts.feed import Accepted, Asked, Concluded, FeedEntry, Heard, Spoken, turn_of
from contracts.ids import TurnId
from media_agent.domain.conversation.people import LiveTranscript
from media_agent.live.answers.answer_stream import AnswerStream
from media_agent.live.own_words import OwnWords
from runtime.clock import Clock

log = logging.getLogger(__name__)

VOICE_TIMEOUT_S: Final = 10.0
"""The router's own deadline, and a margin: past it nobody answers any more."""
CHAT_TIMEOUT_S: Final = 65.0
FRESH_S: Final = 15.0
"""After a takeover an older answer that nobody said would come out of nowhere."""
MAX_OPEN: Final = 64


@dataclass(eq=False)
class OpenTurn:
    """A question whose answer is still to be given.

    Attributes:
        utterance: None for a written one, and for one that another agent heard.
        accepted_ms: first word of an accepted answer, on the session's clock.
        age_s: how long ago the newest of it came, when it was read.
    """

    turn_id: TurnId
    channel: Channel
    stream: AnswerStream
    utterance: LiveTranscript | None = None
    accepted_ms: int | None = None
    age_s: float = 0.0

    @property
    def is_voice(self) -> bool:
        return self.channel == "voice"


Deliver = Callable[[OpenTurn], Awaitable[None]]


class Answers:
    """Sorts the feed by turn, and has each open turn's answer delivered.

    What was answered before this agent came is left alone; what was asked or concluded just then,
    and not said, is delivered after all.
    """

    def __init__(
        self, own_words: OwnWords, *, speak: Deliver, write: Deliver, clock: Clock
    ) -> None:
        """`speak` and `write` deliver one answer to its end; `run` must be running."""
        self._own_words = own_words
        self._speak, self._write, self._clock = speak, write, clock
        self._open: dict[TurnId, OpenTurn] = {}
        self._opened: asyncio.Queue[OpenTurn] = asyncio.Queue(MAX_OPEN)
        self._history: dict[TurnId, OpenTurn] | None = {}

    @property
    def is_idle(self) -> bool:
        """Nothing is asked that is not answered."""
        return not self._open and self._history is None

    @property
    def is_caught_up(self) -> bool:
        """History is read: from here on it is the meeting's present."""
        return self._history is None

    async def open(
        self, turn_id: TurnId, channel: Channel, utterance: LiveTranscript | None = None
    ) -> None:
        """A new question; a spoken one silences the spoken ones before it."""
        await self._open_turn(self._turn(turn_id, channel, utterance))

    async def run(self) -> None:
        """Deliver, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                turn = await self._opened.get()
                tasks.create_task(self._deliver(turn))

    def take(self, entry: FeedEntry, now_ms: int, *, age_s: float = 0.0) -> None:
        """The next entry of the feed; `age_s` says how long ago it was written."""
        history = self._history
        if history is not None:
            self._remember(history, entry, age_s)
        turn_id = turn_of(entry)
        turn = None if turn_id is None else self._find(turn_id)
        if turn is None:
            return
        if isinstance(entry, Accepted):
            turn.accepted_ms = turn.accepted_ms or now_ms
            turn.stream.accept(entry)
        elif isinstance(entry, Concluded):
            turn.accepted_ms = turn.accepted_ms or now_ms
            turn.age_s = age_s
            turn.stream.conclude(entry)

    async def caught_up(self) -> None:
        """What `take` got so far is history: deliver what is left of it and still fresh."""
        history, self._history = self._history or {}, None
        voice = [turn for turn in [*history.values(), *self._open.values()] if turn.is_voice]
        for turn in history.values():
            is_newest = not turn.is_voice or turn is voice[-1]
            if is_newest and not turn.stream.is_void and turn.age_s < FRESH_S:
                await self._open_turn(turn)

    def _remember(self, history: dict[TurnId, OpenTurn], entry: FeedEntry, age_s: float) -> None:
        if isinstance(entry, Asked) and entry.message_id is None:
            return  # asked by HTTP: nobody in the room waits for it
        if isinstance(entry, Heard | Asked):
            if entry.turn_id is not None and entry.turn_id not in self._open:
                channel: Channel = "voice" if isinstance(entry, Heard) else "chat"
                turn = self._turn(entry.turn_id, channel, None, age_s=age_s)
                history[turn.turn_id] = turn
        elif isinstance(entry, Spoken):
            history.pop(entry.turn_id, None)

    def _find(self, turn_id: TurnId) -> OpenTurn | None:
        return self._open.get(turn_id) or (self._history or {}).get(turn_id)

    def _turn(
        self,
        turn_id: TurnId,
        channel: Channel,
        utterance: LiveTranscript | None,
        *,
        age_s: float = 0.0,
    ) -> OpenTurn:
        timeout_s = VOICE_TIMEOUT_S if channel == "voice" else CHAT_TIMEOUT_S
        stream = AnswerStream(self._clock, self._own_words, timeout_s=timeout_s - age_s)
        return OpenTurn(turn_id, channel, stream, utterance, age_s=age_s)

    async def _open_turn(self, turn: OpenTurn) -> None:
        for older in self._open.values():
            if turn.is_voice and older.is_voice:
                older.stream.void()
        self._open[turn.turn_id] = turn
        await self._opened.put(turn)

    async def _deliver(self, turn: OpenTurn) -> None:
        try:
            await (self._speak if turn.is_voice else self._write)(turn)
        except Exception as error:  # noqa: BLE001 - one answer less, but the meeting goes on
            log.error("answer.broke", extra={"error_type": type(error).__name__})  # noqa: TRY400
        finally:
            self._open.pop(turn.turn_id, None)
