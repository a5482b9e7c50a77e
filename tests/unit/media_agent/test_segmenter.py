from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from media_agent.domain.speech.audio import WINDOW_MS, WINDOW_SAMPLES
from media_agent.domain.speech.segmenter import SpeechSegmenter, UtteranceAudio


def heard(probabilities: list[float]) -> list[UtteranceAudio]:
    """One window for each probability; sample values tell the windows apart."""
    listener, found = SpeechSegmenter(), list[UtteranceAudio]()
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
