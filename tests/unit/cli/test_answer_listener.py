from collections.abc import Iterator
from typing import Any, cast

import pytest

from cli.ask import command
from cli.client.answer_listener import AnswerListener
from cli.client.events import Event
from cli.client.gateway import Gateway
from cli.command_line.errors import CliError, Exit, missing
from contracts.feed import Accepted, Concluded, Heard
from contracts.ids import TurnId
from contracts.media import UtteranceHeard
from support.router.turns import SESSION, name

TURN = TurnId(name("mine"))
OTHER = TurnId(name("another's"))


class FakeGateway:
    """Gives events, then stays silent or fails."""

    def __init__(self, *events: Event, error: CliError | None = None) -> None:
        self.given = events
        self.error = error

    def events(self, session_id: object, *, after: str | None = None) -> Iterator[Event]:
        yield from self.given
        if self.error:
            raise self.error


def listening(*events: Event, error: CliError | None = None) -> AnswerListener:
    return AnswerListener(cast("Gateway", FakeGateway(*events, error=error)), SESSION)


def event(entry: Any) -> Event:
    return Event("1-0", entry.kind, entry.model_dump_json())


def concluded(turn: TurnId) -> Event:
    return event(Concluded(turn_id=turn, run=1))


def test_the_end_of_a_turn_is_found_among_what_else_happens() -> None:
    utterance = UtteranceHeard(speaker="Ada", text="Hello", start_ms=0, end_ms=1)
    heard = Heard(event_id=cast("Any", name("event")), utterance=utterance)
    said = Accepted(turn_id=TURN, run=1, attempt=1, channel="chat", text="29 USD.")
    with listening(event(heard), concluded(OTHER), event(said), concluded(TURN)) as events:
        entry, _ = events.concluded(TURN, timeout_s=5)
    assert entry is not None
    assert entry.turn_id == TURN


def test_a_turn_that_does_not_end_is_missing_something_and_names_what_to_look_at() -> None:
    with listening(concluded(OTHER)) as events, pytest.raises(CliError) as raised:
        events.concluded(TURN, timeout_s=0.05)
    assert raised.value.exit_code is Exit.MISSING
    assert "parley facts" in raised.value.hint


def test_a_lost_gateway_is_said_by_whoever_waits() -> None:
    lost = missing("gateway_unreachable", "The gateway does not answer.")
    with listening(error=lost) as events, pytest.raises(CliError) as raised:
        events.concluded(TURN, timeout_s=5)
    assert raised.value is lost


@pytest.mark.parametrize("text", ["", "   \n\t", "x" * 4_001])
def test_a_question_that_cannot_be_asked_is_bad_input_before_anything_starts(text: str) -> None:
    with pytest.raises(CliError) as raised:
        command(text)
    assert raised.value.exit_code is Exit.BAD_INPUT
