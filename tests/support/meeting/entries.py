"""What the router writes into the feed of a meeting about a turn."""

from contracts.conversation import AnswerRefused, RefusedReason, TurnTaken
from contracts.feed import Accepted, Concluded, Draft
from support.gateway.meetings import answered


def draft(turn: TurnTaken, text: str) -> Draft:
    return Draft(turn_id=turn.turn_id, run=1, attempt=1, text=text)


def accepted(turn: TurnTaken, text: str, *, run: int = 1) -> Accepted:
    return Accepted(turn_id=turn.turn_id, run=run, attempt=1, channel=turn.channel, text=text)


def concluded(turn: TurnTaken, text: str, *, run: int = 1) -> Concluded:
    return Concluded(turn_id=turn.turn_id, run=run, answer=answered(turn, text))


def refused(turn: TurnTaken, text: str, reason: RefusedReason = "internal") -> Concluded:
    refusal = AnswerRefused(turn_id=turn.turn_id, channel=turn.channel, reason=reason, text=text)
    return Concluded(turn_id=turn.turn_id, run=1, refusal=refusal)


def superseded(turn: TurnTaken) -> Concluded:
    return Concluded(turn_id=turn.turn_id, run=1, superseded=True)
