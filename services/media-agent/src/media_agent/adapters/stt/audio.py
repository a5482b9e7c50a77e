"""Mono sound at 16 kHz, as arrays and as the framework's frames."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

from media_agent.domain.speech.audio import SAMPLE_RATE_HZ

MAX_BATCH_S: Final = 20.0
"""Given at once to a provider that does not stream; Whisper hears 30 s."""


def batches(samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    """Pieces of at most MAX_BATCH_S, in order."""
    longest = round(MAX_BATCH_S * SAMPLE_RATE_HZ)
    for at in range(0, len(samples), longest):
        yield samples[at : at + longest]


def duration_s(samples: NDArray[np.int16]) -> float:
    return len(samples) / SAMPLE_RATE_HZ


def samples_of(frame: rtc.AudioFrame) -> NDArray[np.int16]:
    return np.frombuffer(frame.data, np.int16)


def frame_of(samples: NDArray[np.int16]) -> rtc.AudioFrame:
    return rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE_HZ, 1, len(samples))
