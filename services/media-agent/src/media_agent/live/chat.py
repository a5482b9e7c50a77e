"""Questions in the chat of a room."""

from collections import deque
from typing import Final, NamedTuple

from contracts.conversation import MAX_QUESTION_CHARS
from contracts.feed import Asked
from contracts.ids import TurnId
from contracts.own_sentences import MeetingSentence
from media_agent.domain.conversation.people import Person, Transcript
from media_agent.domain.conversation.turns import TurnRule, decide_turn
from media_agent.live.answers.answers import Answers
from media_agent.live.answers.chat_writer import ChatWriter
from media_agent.live.claims import is_ours
from media_agent.live.deps import MeetingDeps
from media_agent.live.inbox import Inbox
from runtime.ids import derive_id

MAX_A_MINUTE: Final = 10
MINUTE_S: Final = 60.0
MAX_WAITING: Final = 50
CLAIM_TIMEOUT_S: Final = 1.0
CHAT_RULE: Final = TurnRule("chat")


class _Message(NamedTuple):
    person: Person
    message_id: str
    text: str | None


class ChatQuestions:
    """Takes every message of a person as a question; `run` must be running."""

    def __init__(self, deps: MeetingDeps, answers: Answers, writer: ChatWriter) -> None:
        self._deps, self._answers, self._writer = deps, answers, writer
        self._inbox = Inbox("chat", MAX_WAITING, self._take)
        self._times: dict[str, deque[float]] = {}
        self.run = self._inbox.run

    def put(self, person: Person, message_id: str, text: str | None) -> None:
        """A message came; None: more than anybody reads."""
        self._inbox.put(_Message(person, message_id, text))

    def left(self, identity: str) -> None:
        """Forget how fast they wrote."""
        self._times.pop(identity, None)

    async def _take(self, message: _Message) -> None:
        claim = self._deps.coordination.first(
            f"chat:{message.person.identity}:{message.message_id}"
        )
        if not await is_ours(claim, timeout_s=CLAIM_TIMEOUT_S):
            return
        if (refusal := self._refusal(message)) is not None:
            await self._writer.remark(self._deps.own_words(refusal))
        else:
            await self._ask(message)

    def _refusal(self, message: _Message) -> MeetingSentence | None:
        times = self._times.setdefault(message.person.identity, deque(maxlen=MAX_A_MINUTE))
        now_s = self._deps.clock.monotonic()
        if len(times) == MAX_A_MINUTE and now_s - times[0] < MINUTE_S:
            return "too_many"
        times.append(now_s)
        if message.text is None or len(message.text) > MAX_QUESTION_CHARS:
            return "too_long"
        return None if message.text.strip() else "empty"

    async def _ask(self, message: _Message) -> None:
        outbox = self._deps.outbox
        now_ms = outbox.now_ms()
        utterance = Transcript(message.person, message.text or "", now_ms, now_ms)
        turn = decide_turn(utterance, CHAT_RULE)
        if turn is None:
            return
        parts = (message.person.identity, message.message_id)
        turn_id = TurnId(derive_id(outbox.session_id, "media-agent", "chat", *parts))
        screen = await self._deps.screens.screen(now_ms)
        entry = Asked(
            turn_id=turn_id,
            speaker=turn.speaker,
            text=turn.text,
            asked_at_ms=now_ms,
            message_id=message.message_id,
        )
        await self._answers.open(turn_id, "chat")
        await outbox.state(turn.taken(turn_id, screen), feed=[entry])
