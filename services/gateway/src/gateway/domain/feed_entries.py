"""What a session's feed shows of the facts that the gateway states."""

from contracts.conversation import TurnTaken
from contracts.fact import Fact
from contracts.feed import Asked


def feed_entry_of(fact: Fact) -> Asked | None:
    """A written question, for everybody who follows its session; twice is the same as once."""
    if not isinstance(fact, TurnTaken):
        return None
    return Asked(
        turn_id=fact.turn_id, speaker=fact.speaker, text=fact.text, asked_at_ms=fact.asked_at_ms
    )
