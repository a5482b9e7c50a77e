import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from media_agent.domain.speech.audio import SAMPLE_RATE_HZ, WINDOW_SAMPLES
from media_agent.domain.speech.transcription_buffer import MAX_KEPT_S, TranscriptionBuffer

WINDOW_S = WINDOW_SAMPLES / SAMPLE_RATE_HZ


def a_window(value: int = 1) -> NDArray[np.int16]:
    return np.full(WINDOW_SAMPLES, value, np.int16)


def speech_of(windows: int, *, begins_s: float = 0.0) -> TranscriptionBuffer:
    made = TranscriptionBuffer(begins_s)
    for number in range(windows):
        made.add(a_window(number), is_speech=True)
    return made


def test_all_that_was_said_is_kept_in_order() -> None:
    assert speech_of(3).samples().tolist() == [0] * 512 + [1] * 512 + [2] * 512


def test_of_the_sound_around_the_begin_only_the_end_is_speech() -> None:
    made = TranscriptionBuffer.beginning(np.zeros(SAMPLE_RATE_HZ, np.int16), speech_s=0.1)
    assert made.length_s == pytest.approx(1.0)
    assert made.unheard_s == pytest.approx(0.1, abs=2 * WINDOW_S)


def test_what_a_transcript_covers_is_dropped_and_the_rest_is_not() -> None:
    made = speech_of(10, begins_s=5.0)
    made.heard_until(5.0 + 6 * WINDOW_S)
    assert made.samples().tolist() == [n for n in (6, 7, 8, 9) for _ in range(512)]
    assert made.unheard_s == pytest.approx(4 * WINDOW_S)


def test_a_transcript_of_something_earlier_covers_nothing() -> None:
    made = speech_of(4, begins_s=5.0)
    made.heard_until(4.9)
    assert made.length_s == pytest.approx(4 * WINDOW_S)


def test_a_transcript_without_times_covers_everything_so_far() -> None:
    made = speech_of(4, begins_s=5.0)
    made.heard_until(0)
    assert made.unheard_s == 0
    assert len(made.samples()) == 0


def test_pauses_are_kept_but_are_nothing_to_hear() -> None:
    made = speech_of(2)
    made.add(a_window(), is_speech=False)
    assert made.length_s == pytest.approx(3 * WINDOW_S)
    assert made.unheard_s == pytest.approx(2 * WINDOW_S)


@given(st.integers(min_value=1, max_value=4_000))
def test_it_never_keeps_more_than_a_minute_and_counts_what_it_gave_up(windows: int) -> None:
    made = speech_of(windows)
    assert made.length_s <= MAX_KEPT_S + 1e-6
    assert made.unheard_s + made.lost_s == pytest.approx(windows * WINDOW_S)
