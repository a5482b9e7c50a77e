"""What people say, stated; what of it is a question to Parley, asked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from contracts.conversation import MAX_QUESTION_CHARS, TurnTaken
from contracts.feed import Heard
from contracts.ids import TurnId
from contracts.media import UtteranceHeard
from contracts.tenants import TenantConfig
from media_agent.domain.addressing import addressed_by
from media_agent.domain.conversation import Speech, addressing_rule, is_backchannel
from media_agent.live.answers import Answers
from media_agent.live.claims import is_ours
from media_agent.live.outbox import Outbox
from media_agent.ports import AgentCoordination, LiveRoom, Screens
from runtime.ids import derive_id

log = logging.getLogger(__name__)

MOST_WAITING: Final = 100
"""Utterances: people who speak faster than this is worked through do not exist."""
MAX_UTTERANCE_CHARS: Final = 20_000
CLAIM_TIMEOUT_S: Final = 0.3
"""Of the time between a question and its answer; Redis needs a thousandth."""

Config = Callable[[], Awaitable[TenantConfig]]


class Hearing:
    """Takes utterances in the order they ended; `run` must be running."""

    def __init__(
        self,
        room: LiveRoom,
        outbox: Outbox,
        coordination: AgentCoordination,
        screens: Screens | None,
        config: Config,
    ) -> None:
        self._room, self._outbox, self._screens = room, outbox, screens
        self._coordination, self._config = coordination, config
        self._waiting: asyncio.Queue[Speech] = asyncio.Queue(MOST_WAITING)

    def heard(self, speech: Speech) -> None:
        """Somebody has said something."""
        if self._waiting.full():
            log.error("hearing.full")
            return
        self._waiting.put_nowait(speech)

    async def run(self, answers: Answers) -> None:
        """Take utterances as they come, until cancelled."""
        while True:
            speech = await self._waiting.get()
            try:
                await self._take(speech, answers)
            except Exception as error:  # noqa: BLE001 - one utterance less, but the meeting goes on
                log.error("hearing.broke", extra={"error_type": type(error).__name__})  # noqa: TRY400

    async def _take(self, speech: Speech, answers: Answers) -> None:
        text = speech.text.strip()
        if not text:
            return
        claim = self._coordination.may_state(
            speech.person.identity, start_ms=speech.start_ms, end_ms=speech.end_ms
        )
        if not await is_ours(claim, timeout_s=CLAIM_TIMEOUT_S):
            return
        speaker = speech.person.name[:100]
        heard = UtteranceHeard(
            speaker=speaker,
            text=text[:MAX_UTTERANCE_CHARS],
            start_ms=speech.start_ms,
            end_ms=speech.end_ms,
        )
        event_id = self._outbox.id_of(heard)
        config = await self._config()
        rule = addressing_rule(config.room_addressing, len(self._room.people))
        reason = None if is_backchannel(text) else addressed_by(text, rule)
        if reason is None:
            await self._outbox.state(heard, feed=[Heard(event_id=event_id, utterance=heard)])
            return
        turn_id = TurnId(
            derive_id(
                self._outbox.session_id,
                "media-agent",
                "turn",
                speech.person.identity,
                str(speech.start_ms),
            )
        )
        await answers.asked(turn_id, "voice", speech)
        turn = TurnTaken(
            turn_id=turn_id,
            channel="voice",
            text=text[:MAX_QUESTION_CHARS],
            speaker=speaker,
            asked_at_ms=speech.end_ms,
            screen=None if self._screens is None else await self._screens.screen(speech.end_ms),
            addressed_by=reason,
        )
        entry = Heard(event_id=event_id, utterance=heard, turn_id=turn_id)
        await self._outbox.state(heard, turn, feed=[entry])
