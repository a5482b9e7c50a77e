from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from media_agent.domain.speech.audio import WINDOW_MS, WINDOW_SAMPLES, IsFinished
from media_agent.domain.speech.segmenter import SpeechSegmenter, UtteranceAudio


def heard(
    probabilities: list[float], is_finished: IsFinished = lambda _: True
) -> list[UtteranceAudio]:
    """One window for each probability; sample values tell the windows apart."""
    listener, found = SpeechSegmenter(is_finished), list[UtteranceAudio]()
    for index, probability in enumerate(probabilities):
        window = np.full(WINDOW_SAMPLES, index, np.int16)
        utterance = listener.hear(index * WINDOW_MS, window, probability)
        found += [utterance] if utterance else []
    last = listener.finish()
    return found + ([last] if last else [])


def test_two_sentences_with_a_pause_are_two_utterances() -> None:
    first, second = heard([0.0] * 10 + [0.9] * 30 + [0.1] * 30 + [0.9] * 20 + [0.0] * 30)
    assert (first.start_ms, first.end_ms) == (320, 1280)
    assert (second.start_ms, second.end_ms) == (2240, 2880)


def test_a_short_pause_and_a_doubtful_window_do_not_cut_a_sentence() -> None:
    (only,) = heard([0.9] * 20 + [0.1] * 15 + [0.4] * 5 + [0.9] * 20 + [0.0] * 30)
    assert (only.start_ms, only.end_ms) == (0, 60 * WINDOW_MS)


def test_whoever_pauses_without_having_finished_says_one_utterance() -> None:
    (only,) = heard([0.9] * 20 + [0.0] * 40 + [0.9] * 20 + [0.0] * 90, lambda _: False)
    assert (only.start_ms, only.end_ms) == (0, 80 * WINDOW_MS)


def test_whoever_never_goes_on_has_finished_after_two_and_a_half_seconds() -> None:
    first, second = heard([0.9] * 20 + [0.0] * 90 + [0.9] * 20, lambda _: False)
    assert (first.end_ms, second.start_ms) == (20 * WINDOW_MS, 110 * WINDOW_MS)


def test_each_pause_is_judged_once_by_the_speech_and_200_ms_after_it() -> None:
    judged: list[int] = []

    def never(samples: NDArray[np.int16]) -> bool:
        judged.append(len(samples) * 1000 // 16_000)
        return False

    heard([0.9] * 20 + [0.0] * 40 + [0.9] * 10 + [0.0] * 90, never)
    assert judged == [20 * WINDOW_MS + 200, 70 * WINDOW_MS + 200]


def test_a_click_is_no_utterance() -> None:
    assert heard([0.0] * 10 + [0.9] * 3 + [0.0] * 40) == []


def test_sound_around_the_speech_is_given_along() -> None:
    (only,) = heard([0.0] * 20 + [0.9] * 20 + [0.0] * 40)
    assert only.samples_start_ms < only.start_ms
    assert only.samples[0] == only.samples_start_ms // WINDOW_MS
    length_ms = len(only.samples) * 1000 // 16_000
    assert only.samples_start_ms + length_ms == only.end_ms + 200


def test_endless_speech_is_cut_and_nothing_of_it_is_lost() -> None:
    parts = heard([0.9] * 2_000)
    assert all(part.end_ms - part.start_ms <= 20_000 for part in parts)
    assert parts[0].start_ms == 0
    assert parts[-1].end_ms == 2_000 * WINDOW_MS
    assert all(a.end_ms == b.start_ms for a, b in pairwise(parts))


@given(probabilities=st.lists(st.floats(0, 1), max_size=300))
def test_utterances_are_in_order_apart_and_within_what_was_heard(
    probabilities: list[float],
) -> None:
    found = heard(probabilities)
    edges = [edge for one in found for edge in (one.start_ms, one.end_ms)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(probabilities) * WINDOW_MS for edge in edges)
    assert all(len(one.samples) > 0 for one in found)
