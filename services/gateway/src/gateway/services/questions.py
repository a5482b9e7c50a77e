"""Written questions."""

from dataclasses import dataclass
from typing import Final

from contracts.conversation import Screen, TurnTaken
from contracts.errors import RejectedError
from contracts.http import MessageBody
from contracts.ids import SessionId, TurnId
from contracts.media import FrameKept, MeetingEnded, MeetingStarted, UtteranceHeard
from gateway.domain.callers import Caller
from gateway.domain.session_history import SessionHistory, asked_at_ms
from gateway.ports.outbox import Outbox
from gateway.ports.sessions import SessionStore
from gateway.services.sessions import no_session, require_open
from runtime.clock import Clock
from runtime.ids import derive_id, new_id

# What the meeting's clock and the newest screen follow from.
_PRESENT: Final = (MeetingStarted, MeetingEnded, UtteranceHeard, FrameKept)


@dataclass(frozen=True)
class QuestionService:
    """Written questions. The same key in the same session is the same question."""

    sessions: SessionStore
    outbox: Outbox
    clock: Clock

    async def ask(
        self, caller: Caller, session_id: SessionId, body: MessageBody, key: str | None
    ) -> TurnId:
        """Save the turn and publish it.

        Raises:
            RejectedError: no such session, it is closed, or the key was another question's.
        """
        caller.require("write")
        history = await self.sessions.history(caller.tenant_id, session_id, of=_PRESENT)
        if history is None:
            raise no_session()
        require_open(history.session)
        turn_id = TurnId(derive_id(session_id, "gateway", "turn", key or str(new_id())))
        turn = self._turn(turn_id, body, history)
        event = self.outbox.envelope(
            turn,
            tenant_id=caller.tenant_id,
            session_id=session_id,
            event_id=derive_id(turn_id, "gateway", turn.event_type),
        )
        saved = await self.sessions.add_turn(event)
        if saved.data.text != body.text:
            raise RejectedError(
                "This Idempotency-Key was another question's; use a new one.", code="conflict"
            )
        if saved is event:  # a repeated request's was published before, or the sweep does it
            await self.outbox.publish(event)
        return turn_id

    def _turn(self, turn_id: TurnId, body: MessageBody, history: SessionHistory) -> TurnTaken:
        return TurnTaken(
            turn_id=turn_id,
            channel="chat",
            text=body.text,
            speaker=body.speaker,
            asked_at_ms=asked_at_ms(history, self.clock.now()),
            screen=newest_screen(history),
            addressed_by="chat",
        )


def newest_screen(history: SessionHistory) -> Screen | None:
    newest = max(history.of(FrameKept), key=lambda frame: frame.shown_at_ms, default=None)
    return Screen(frame_id=newest.frame_id, shown_at_ms=newest.shown_at_ms) if newest else None
