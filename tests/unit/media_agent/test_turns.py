"""Which utterance is a turn: laws that hold for whatever is said, by whomever."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.conversation import MAX_QUESTION_CHARS
from contracts.ids import TurnId
from contracts.media import MAX_SPEAKER_CHARS, MAX_UTTERANCE_CHARS
from media_agent.domain.conversation.backchannel import is_backchannel
from media_agent.domain.conversation.people import Person, Transcript
from media_agent.domain.conversation.turns import (
    TurnRule,
    decide_turn,
    utterance_heard,
)

SENTENCES = (
    "What does it cost?",
    "Parley, stop.",
    "Okay.",
    "mm-hm",
    "I had soup.",
    "Hey Parlay",
    "...",
    "x" * (MAX_UTTERANCE_CHARS + 1),
)
texts = st.text(max_size=80) | st.lists(st.sampled_from(SENTENCES), max_size=3).map(" ".join)
people = st.builds(Person, identity=st.text(max_size=9), name=st.text(max_size=150))
utterances = st.builds(
    Transcript, people, texts, st.integers(0, 10_000), st.integers(10_000, 20_000)
)
rules = st.builds(
    TurnRule,
    st.sampled_from(("always", "name", "question", "chat")),
    skips_backchannel=st.booleans(),
    is_patient=st.booleans(),
)


@given(utterance=utterances, rule=rules)
def test_a_turn_is_what_was_said_as_far_as_a_fact_takes_it_and_says_by_which_rule(
    utterance: Transcript, rule: TurnRule
) -> None:
    turn = decide_turn(utterance, rule)
    if turn is None:
        return
    assert turn.text == utterance.text.strip()[:MAX_QUESTION_CHARS] != ""
    assert turn.speaker == utterance.person.name[:MAX_SPEAKER_CHARS]
    assert turn.asked_at_ms == utterance.end_ms
    assert turn.addressed_by == rule.addressing
    assert turn.channel == ("chat" if rule.addressing == "chat" else "voice")
    assert turn.taken(TurnId(UUID(int=1)), None).patient is rule.is_patient


@given(utterance=utterances)
def test_whatever_is_said_can_be_stated(utterance: Transcript) -> None:
    heard = utterance_heard(utterance)
    assert (heard.start_ms, heard.end_ms) == (utterance.start_ms, utterance.end_ms)
    assert len(heard.text) <= MAX_UTTERANCE_CHARS


@given(utterance=utterances)
def test_who_is_always_listened_to_asks_whatever_a_stricter_rule_takes(
    utterance: Transcript,
) -> None:
    taken = [
        decide_turn(utterance, TurnRule(addressing)) is not None
        for addressing in ("name", "question")
    ]
    assert decide_turn(utterance, TurnRule("always")) is not None or not any(taken)


@given(utterance=utterances, rule=rules)
def test_a_backchannel_is_never_a_turn_where_it_is_skipped_and_nothing_else_changes(
    utterance: Transcript, rule: TurnRule
) -> None:
    skipping = TurnRule(rule.addressing, skips_backchannel=True, is_patient=rule.is_patient)
    lenient = TurnRule(rule.addressing, is_patient=rule.is_patient)
    is_skipped = rule.addressing != "chat" and is_backchannel(utterance.text.strip())
    expected = None if is_skipped else decide_turn(utterance, lenient)
    assert decide_turn(utterance, skipping) == expected


@given(utterance=utterances)
def test_a_written_message_is_a_turn_unless_it_is_blank(utterance: Transcript) -> None:
    is_turn = decide_turn(utterance, TurnRule("chat")) is not None
    assert is_turn == bool(utterance.text.strip())
