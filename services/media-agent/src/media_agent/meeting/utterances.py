"""What people say, stated; what of it is a question to Parley, asked."""

from typing import Protocol, TypeVar

from contracts.conversation import Screen
from contracts.feed import Heard
from contracts.ids import TurnId
from media_agent.domain.conversation.people import Transcript
from media_agent.domain.conversation.turns import TurnRule, decide_turn, utterance_heard
from media_agent.ports.outbox import Outbox

T = TypeVar("T", bound=Transcript)
T_contra = TypeVar("T_contra", bound=Transcript, contravariant=True)


class UtteranceSource(Protocol[T_contra]):
    """What a live meeting and a recorded one do each in its own way with an utterance."""

    async def claim(self, utterance: T_contra) -> bool:
        """Is it this agent's to state?"""
        ...

    async def rule(self) -> TurnRule:
        """Which utterances are turns now."""
        ...

    async def open_turn(self, utterance: T_contra) -> TurnId:
        """It is a turn: be ready for its answer. The id follows from what was said when."""
        ...

    async def screen(self, utterance: T_contra) -> Screen | None:
        """The frame that the turn is about: stored, stated, and never shed."""
        ...


async def state_utterance(
    utterance: T, source: UtteranceSource[T], outbox: Outbox
) -> TurnId | None:
    """State what was said, and the turn that it is. Returns the turn's id; None: it is none."""
    if not utterance.text.strip() or not await source.claim(utterance):
        return None
    heard = utterance_heard(utterance)
    event_id = outbox.id_of(heard)
    turn = decide_turn(utterance, await source.rule())
    if turn is None:
        await outbox.state(heard, feed=[Heard(event_id=event_id, utterance=heard)])
        return None
    turn_id = await source.open_turn(utterance)
    taken = turn.taken(turn_id, await source.screen(utterance))
    entry = Heard(event_id=event_id, utterance=heard, turn_id=turn_id)
    await outbox.state(heard, taken, feed=[entry])
    return turn_id
