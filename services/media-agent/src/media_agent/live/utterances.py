"""What people say in a live meeting, on its way to be stated and asked."""

from typing import Final

from contracts.conversation import Screen
from contracts.ids import TurnId
from media_agent.domain.conversation.addressing import addressing_rule
from media_agent.domain.conversation.people import LiveTranscript
from media_agent.domain.conversation.turns import TurnRule
from media_agent.live.answers.answers import Answers
from media_agent.live.claims import is_ours
from media_agent.live.deps import MeetingDeps
from media_agent.live.inbox import Inbox
from media_agent.meeting.utterances import state_utterance
from runtime.ids import derive_id

MAX_WAITING: Final = 100
"""People who speak faster than this is worked through do not exist."""
CLAIM_TIMEOUT_S: Final = 0.3
"""Of the time between a question and its answer; Redis needs a thousandth."""


class LiveUtterances:
    """Takes utterances in the order they ended; implements UtteranceSource."""

    def __init__(self, deps: MeetingDeps, answers: Answers) -> None:
        self._deps, self._answers = deps, answers
        self._inbox = Inbox("hearing", MAX_WAITING, self._state)
        self.put, self.run = self._inbox.put, self._inbox.run

    async def claim(self, utterance: LiveTranscript) -> bool:
        claim = self._deps.coordination.may_state(
            utterance.person.identity, start_ms=utterance.start_ms, end_ms=utterance.end_ms
        )
        return await is_ours(claim, timeout_s=CLAIM_TIMEOUT_S)

    async def rule(self) -> TurnRule:
        config = await self._deps.config()
        addressing = addressing_rule(config.room_addressing, len(self._deps.room.people))
        return TurnRule(addressing, skips_backchannel=True)

    async def open_turn(self, utterance: LiveTranscript) -> TurnId:
        session_id = self._deps.outbox.session_id
        parts = (utterance.person.identity, str(utterance.start_ms))
        turn_id = TurnId(derive_id(session_id, "media-agent", "turn", *parts))
        await self._answers.open(turn_id, "voice", utterance)
        return turn_id

    async def screen(self, utterance: LiveTranscript) -> Screen | None:
        return await self._deps.screens.screen(utterance.end_ms)

    async def _state(self, utterance: LiveTranscript) -> None:
        await state_utterance(utterance, self, self._deps.outbox)
