from contracts.conversation import SpeechInterrupted
from contracts.fact import TurnFact
from contracts.feed import Accepted, Described, turn_of
from contracts.ids import EventId, FrameId, TurnId
from contracts.media import FramesSampled
from contracts.streams import CATALOGUE
from runtime.ids import new_id

TURN = TurnId(new_id())


def test_every_fact_with_a_turns_id_is_a_fact_of_a_turn() -> None:
    for stream in CATALOGUE:
        has_turn = "turn_id" in stream.fact.model_fields
        assert issubclass(stream.fact, TurnFact) == has_turn, stream.name


def test_a_fact_says_its_turn_and_another_that_it_has_none() -> None:
    assert SpeechInterrupted(turn_id=TURN, heard_chars=3).turn == TURN
    assert FramesSampled(from_ms=0, to_ms=1, seen=0, kept=0).turn is None


def test_the_property_is_no_part_of_a_facts_json() -> None:
    fact = SpeechInterrupted(turn_id=TURN, heard_chars=3)
    assert fact.model_dump(mode="json") == {"turn_id": str(TURN), "heard_chars": 3}


def test_an_entry_of_the_feed_says_its_turn_where_it_has_one() -> None:
    accepted = Accepted(turn_id=TURN, run=1, attempt=1, channel="chat", text="yes")
    described = Described(event_id=EventId(new_id()), frame_id=FrameId(new_id()), shown_at_ms=0)
    assert (turn_of(accepted), turn_of(described)) == (TURN, None)
