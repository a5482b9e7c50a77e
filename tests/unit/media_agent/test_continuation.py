"""A pause inside a sentence: what was said before and after it is one utterance."""

from typing import Literal

import numpy as np
import pytest

from contracts.conversation import TurnTaken
from contracts.errors import LostError
from contracts.media import UtteranceHeard
from media_agent.domain.speech.continuation import is_one_sentence, joined, may_go_on
from media_agent.domain.speech.segmenter import UtteranceAudio
from support.meeting.recorded import (
    BEGUN,
    BOTH,
    OTHER,
    FakeBus,
    FakeRecording,
    Played,
    upload,
)


def said(start_ms: int, end_ms: int, value: int) -> UtteranceAudio:
    samples = np.full((end_ms - start_ms + 400) * 16, value, np.int16)
    return UtteranceAudio(start_ms, end_ms, samples, start_ms - 200)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("How long does it take?", True),
        ("Where can I change the", True),
        ("I wanted to ask whether...", True),
        ("It takes a day.", False),
        ("Thank you!", False),
        ("", False),
    ],
)
def test_a_statement_has_ended_and_a_question_may_go_on(text: str, *, may: bool) -> None:
    assert may_go_on(text) == may


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("How long does it take to repair the door?", True),
        ("How long does it take? And who pays for it?", False),
        ("It costs 3.50 euros, doesn't it?", True),
        ("\u4fdd\u4fee\u671f\u591a\u4e45\uff1f\u8c22\u8c22", False),
        ("", False),
    ],
)
def test_a_sentence_that_ends_inside_is_two(text: str, *, one: bool) -> None:
    assert is_one_sentence(text) == one


def test_a_pause_is_cut_to_a_breath() -> None:
    both = joined(said(1_000, 2_000, 3), said(3_300, 4_000, 4))
    assert both is not None
    assert (both.start_ms, both.end_ms) == (1_000, 4_000)
    assert len(both.samples) == (200 + 1_000 + 60 + 60 + 700 + 200) * 16


@pytest.mark.parametrize("gap_ms", [-500, 2_501])
def test_what_is_far_away_is_no_continuation(gap_ms: int) -> None:
    assert joined(said(1_000, 2_000, 3), said(2_000 + gap_ms, 9_000, 4)) is None


async def played(after_ms: int, value: int, speed: Literal["real", "max"] = "max") -> FakeBus:
    """A question from 1 to 2 s, and something else so long after it."""
    begins = 2_000 + after_ms
    words = ((1_000, 2_000, 3), (begins, begins + 1_000, value))
    return (await Played(FakeBus(upload(speed)), recording=FakeRecording(words=words)).run()).bus


def texts(bus: FakeBus, kind: type[TurnTaken] | type[UtteranceHeard]) -> list[str]:
    return [one.text for one in bus.of(kind)]


async def test_a_question_with_a_pause_is_one_question() -> None:
    bus = await played(1_300, 4)
    assert texts(bus, UtteranceHeard) == texts(bus, TurnTaken) == [BOTH]
    (turn,) = bus.of(TurnTaken)
    assert abs(turn.asked_at_ms - 4_300) <= 100


async def test_two_questions_that_follow_each_other_stay_two() -> None:
    assert texts(await played(1_300, 5), TurnTaken) == [BEGUN, OTHER]


async def test_what_is_said_much_later_does_not_belong_to_a_question() -> None:
    bus = await played(3_000, 4)
    assert texts(bus, TurnTaken) == [BEGUN]


async def test_at_real_speed_the_whole_question_supersedes_its_beginning() -> None:
    bus = await played(1_300, 4, "real")
    assert texts(bus, TurnTaken) == [BEGUN, BOTH]
    first, second = bus.of(TurnTaken)
    assert first.turn_id != second.turn_id


async def test_a_takeover_in_the_pause_loses_no_word() -> None:
    event, recording = upload(), FakeRecording(words=((1_000, 2_000, 3), (3_300, 4_300, 4)))
    whole = (await Played(FakeBus(event), recording=recording).run()).bus
    for died_after in range(1, len(whole.facts)):
        first = FakeBus(event, lost_after=died_after)
        with pytest.raises(LostError):
            await Played(first, recording=recording).run()
        noted = [note for note in first.notes if note is not None][-1]
        second = FakeBus(event, noted_ms=noted)
        await Played(second, recording=recording).run()
        ids = {first.id_of(fact) for fact in (*first.facts, *second.facts)}
        assert ids == {whole.id_of(fact) for fact in whole.facts}
