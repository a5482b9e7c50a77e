"""Questions and answers in the chat of a room."""

import asyncio
import logging
from collections import deque
from typing import Final, NamedTuple

from contracts.conversation import MAX_QUESTION_CHARS, TurnTaken
from contracts.errors import UnavailableError
from contracts.feed import Asked, Spoken
from contracts.ids import TurnId
from media_agent.domain.conversation import Person
from media_agent.live.answers import Answers, Turn
from media_agent.live.claims import is_ours
from media_agent.live.outbox import Outbox
from media_agent.ports import AgentCoordination, LiveRoom, Screens
from runtime.clock import Clock
from runtime.ids import derive_id

log = logging.getLogger(__name__)

EMPTY: Final = "There was nothing in that message. What would you like to know?"
TOO_LONG: Final = (
    f"That is more than I can read at once: at most {MAX_QUESTION_CHARS:,} characters, please."
)
TOO_MANY: Final = "Please give me a moment: I take ten messages a minute from each of you."
NO_ANSWER: Final = "Sorry, I cannot get an answer right now. Please ask me again in a moment."
MOST_A_MINUTE: Final = 10
MINUTE_S: Final = 60.0
MOST_WAITING: Final = 50
MAX_SHOWN_CHARS: Final = 8_000
WRITE_TIMEOUT_S: Final = 5.0
CLAIM_TIMEOUT_S: Final = 1.0


class _Message(NamedTuple):
    person: Person
    message_id: str
    text: str | None


class Chat:
    """Takes every message of a person as a question; `run` must be running."""

    def __init__(
        self,
        room: LiveRoom,
        outbox: Outbox,
        coordination: AgentCoordination,
        screens: Screens | None,
        clock: Clock,
    ) -> None:
        self._room, self._outbox, self._screens = room, outbox, screens
        self._coordination, self._clock = coordination, clock
        self._waiting: asyncio.Queue[_Message] = asyncio.Queue(MOST_WAITING)
        self._times: dict[str, deque[float]] = {}

    def wrote(self, person: Person, message_id: str, text: str | None) -> None:
        """A message came; when more wait than can be, it is as if it had not been written."""
        if not self._waiting.full():
            self._waiting.put_nowait(_Message(person, message_id, text))

    def left(self, identity: str) -> None:
        """Forget how fast they wrote."""
        self._times.pop(identity, None)

    async def run(self, answers: Answers) -> None:
        """Take messages as they come, until cancelled."""
        while True:
            message = await self._waiting.get()
            try:
                await self._take(message, answers)
            except Exception as error:  # noqa: BLE001 - one message less, but the meeting goes on
                log.error("chat.broke", extra={"error_type": type(error).__name__})  # noqa: TRY400

    async def write(self, turn: Turn) -> None:
        """Deliver an answer here, to its end."""
        if not await turn.words.coming():
            turn.words.void()
            await self.remark(NO_ANSWER, turn.turn_id)
            return
        if turn.words.is_void:
            return
        async with asyncio.timeout(turn.words.left_s + WRITE_TIMEOUT_S):
            line = await self._room.write(turn.turn_id)
            shown = 0
            async for piece in turn.words.pieces():
                if shown < MAX_SHOWN_CHARS:
                    await line.write(piece[: MAX_SHOWN_CHARS - shown])
                shown += len(piece)
            await line.close()
        await self._outbox.state(feed=[Spoken(turn_id=turn.turn_id)])

    async def remark(self, text: str, turn_id: TurnId | None = None) -> None:
        """Write a sentence of one's own; a room that does not answer has no use for it."""
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                line = await self._room.write(turn_id)
                await line.write(text)
                await line.close()
        except (UnavailableError, TimeoutError):
            return

    async def _take(self, message: _Message, answers: Answers) -> None:
        claim = self._coordination.first(f"chat:{message.person.identity}:{message.message_id}")
        if not await is_ours(claim, timeout_s=CLAIM_TIMEOUT_S):
            return
        refused = self._refused(message)
        if refused is not None:
            await self.remark(refused)
        else:
            await self._ask(message, answers)

    def _refused(self, message: _Message) -> str | None:
        times = self._times.setdefault(message.person.identity, deque(maxlen=MOST_A_MINUTE))
        now_s = self._clock.monotonic()
        if len(times) == MOST_A_MINUTE and now_s - times[0] < MINUTE_S:
            return TOO_MANY
        times.append(now_s)
        if message.text is None or len(message.text) > MAX_QUESTION_CHARS:
            return TOO_LONG
        return None if message.text.strip() else EMPTY

    async def _ask(self, message: _Message, answers: Answers) -> None:
        text = (message.text or "").strip()
        session_id, now_ms = self._outbox.session_id, self._outbox.now_ms()
        turn_id = TurnId(
            derive_id(
                session_id, "media-agent", "chat", message.person.identity, message.message_id
            )
        )
        screen = None if self._screens is None else await self._screens.screen(now_ms)
        speaker = message.person.name[:100]
        turn = TurnTaken(
            turn_id=turn_id,
            channel="chat",
            text=text,
            speaker=speaker,
            asked_at_ms=now_ms,
            screen=screen,
            addressed_by="chat",
        )
        asked = Asked(
            turn_id=turn_id,
            speaker=speaker,
            text=text,
            asked_at_ms=now_ms,
            message_id=message.message_id,
        )
        await answers.asked(turn_id, "chat")
        await self._outbox.state(turn, feed=[asked])
