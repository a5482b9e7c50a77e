"""What follows from a fact: the same ids and the same shard, every time."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.conversation import AnswerRefused, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.knowledge import DocumentRemoved
from runtime.bus import Caused, Reader
from runtime.bus.envelopes import (
    fact_stream,
    following,
    following_id,
    parse_envelope,
    to_body,
)
from runtime.bus.scripts.appends import Append, KeyTable
from runtime.clock import SystemClock
from support.bus import a_turn, removed

NOW = SystemClock().now()


def refusal(cause: Envelope[TurnTaken], text: str = "Sorry.") -> AnswerRefused:
    return AnswerRefused(turn_id=cause.data.turn_id, channel="chat", reason="internal", text=text)


def test_the_id_depends_on_cause_service_type_and_key_alone() -> None:
    cause, other = a_turn(), a_turn()
    first = following(cause, refusal(cause), service="llm-router", now=NOW)
    again = following(cause, refusal(cause, "Other words."), service="llm-router", now=NOW)
    assert first.id == again.id == following_id(cause, refusal(cause), service="llm-router")
    ids = {
        first.id,
        following_id(other, refusal(cause), service="llm-router"),
        following_id(cause, refusal(cause), service="rag"),
        following_id(cause, refusal(other), service="llm-router"),
        following_id(cause, removed(str(cause.id)), service="llm-router"),
    }
    assert len(ids) == 5


@given(shards=st.integers(1, 64))
def test_what_follows_goes_to_the_shard_of_its_cause(shards: int) -> None:
    cause = a_turn()
    fact = following(cause, refusal(cause), service="llm-router", now=NOW)
    assert fact_stream(cause, shards)[-4:] == fact_stream(fact, shards)[-4:]


def test_a_body_is_parsed_as_the_fact_it_was_also_from_a_bare_envelope() -> None:
    turn = a_turn()
    bare = Envelope(**{name: getattr(turn, name) for name in Envelope.model_fields})
    assert parse_envelope(TurnTaken.event_type, to_body(bare)) == turn


def test_keys_are_numbered_once() -> None:
    table = KeyTable("stream")
    first = table.arguments(Append("a", ("f", b"v")))
    again = table.arguments(Append("a", ("f", b"v"), cap=5, lifetime_s=60))
    assert first == [2, 0, 0, 2, "f", b"v"]
    assert again == [2, 5, 60, 2, "f", b"v"]
    assert table.keys == ["stream", "a"]


async def one(_event: Envelope[DocumentRemoved]) -> Sequence[Fact]:
    return []


async def many(_events: Sequence[Envelope[DocumentRemoved]]) -> Sequence[Caused]:
    return []


def test_a_reader_has_exactly_one_form() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Reader[DocumentRemoved]()
    with pytest.raises(ValueError, match="exactly one"):
        Reader(one, batch=many)
    with pytest.raises(ValueError, match="batch_size"):
        Reader(batch=many, batch_size=501)
