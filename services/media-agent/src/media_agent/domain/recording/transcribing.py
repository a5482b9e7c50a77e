"""A whole recording's utterances, without anything of a meeting."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from media_agent.domain.recording.pieces import Piece, Sound
from media_agent.domain.speech.audio import (
    SAMPLE_RATE_HZ,
    WINDOW_MS,
    WINDOW_SAMPLES,
    Detect,
    IsFinished,
)
from media_agent.domain.speech.segmenter import SpeechSegmenter, UtteranceAudio


def utterances(
    pieces: Iterator[Piece], detect: Detect, is_finished: IsFinished
) -> Iterator[UtteranceAudio]:
    """Speech between silences, in order."""
    segmenter = SpeechSegmenter(is_finished)
    waiting: NDArray[np.int16] = np.empty(0, np.int16)
    for piece in pieces:
        if not isinstance(piece, Sound):
            continue
        at_ms = piece.t_ms - len(waiting) * 1000 // SAMPLE_RATE_HZ
        waiting = np.concatenate((waiting, piece.samples))
        for probability in detect(piece.samples):
            window, waiting = waiting[:WINDOW_SAMPLES], waiting[WINDOW_SAMPLES:]
            utterance = segmenter.hear(at_ms, window, probability)
            at_ms += WINDOW_MS
            if utterance is not None:
                yield utterance
    if (last := segmenter.finish()) is not None:
        yield last
