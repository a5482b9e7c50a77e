"""From probabilities of speech to utterances."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media_agent.domain.speech.audio import SAMPLE_RATE_HZ, WINDOW_MS, IsFinished


@dataclass(frozen=True)
class EndpointingOptions:
    """Where an utterance ends, and what is none.

    Attributes:
        speech: probability from which on it is speech (Silero's own default).
        silence: below it is not; between the two nothing changes.
        ends_after_ms: silence that ends an utterance whose speaker has finished.
        unfinished_after_ms: silence that ends every other one.
        longest_ms: cut there, speech or not (Whisper hears 30 s at once).
        shortest_ms: less speech than that is a click or a cough.
        around_ms: sound given before and after the speech, so that no consonant is lost.
    """

    speech: float = 0.5
    silence: float = 0.35
    ends_after_ms: int = 700
    unfinished_after_ms: int = 2_500
    longest_ms: int = 20_000
    shortest_ms: int = 200
    around_ms: int = 200


@dataclass(frozen=True, eq=False)
class UtteranceAudio:
    """Speech between two silences; `samples` are mono int16 at 16 kHz, with a little around.

    `is_joined`: a pause inside it was cut out, so places in `samples` are not those of the clock.
    """

    start_ms: int
    end_ms: int
    samples: NDArray[np.int16]
    samples_start_ms: int
    is_joined: bool = False


class SpeechSegmenter:
    """Cuts a stream of sound into utterances, window by window.

    Args:
        is_finished: is asked once in each pause.
        options: where to cut.
    """

    def __init__(self, is_finished: IsFinished, options: EndpointingOptions | None = None) -> None:
        self._is_finished, self._options = is_finished, options or EndpointingOptions()
        self._before: deque[NDArray[np.int16]] = deque(
            maxlen=self._options.around_ms // WINDOW_MS + 1
        )
        self._windows: list[NDArray[np.int16]] = []
        self._samples_start_ms = 0
        self._start_ms: int | None = None
        self._last_speech_ms = 0
        self._speech_ms = 0
        self._asked_ms = 0

    @property
    def speaking(self) -> bool:
        """Somebody speaks, or paused less than an utterance's end."""
        return self._start_ms is not None

    @property
    def speech_ended_ms(self) -> int | None:
        """Where the speech of this utterance ended so far; None while it is quiet."""
        return None if self._start_ms is None else self._last_speech_ms

    def hear(
        self, t_ms: int, window: NDArray[np.int16], probability: float
    ) -> UtteranceAudio | None:
        """The next window of 512 samples, which begins at t_ms: does it end an utterance?"""
        options = self._options
        if self._start_ms is None:
            self._before.append(window)
            if probability >= options.speech:
                self._begin(t_ms)
            return None
        self._windows.append(window)
        if probability >= options.silence:
            self._last_speech_ms = t_ms + WINDOW_MS
            self._speech_ms += WINDOW_MS
        quiet_ms = t_ms + WINDOW_MS - self._last_speech_ms
        if quiet_ms >= options.ends_after_ms and self._has_finished(quiet_ms):
            return self._end()
        if t_ms + WINDOW_MS - self._start_ms >= options.longest_ms:
            return self._end()
        return None

    def finish(self) -> UtteranceAudio | None:
        """Nothing more comes: what was being said, if anything."""
        return self._end() if self._start_ms is not None else None

    def _has_finished(self, quiet_ms: int) -> bool:
        if quiet_ms >= self._options.unfinished_after_ms:
            return True
        if self._asked_ms == self._last_speech_ms:
            return False  # the answer was no, and nothing was said since
        self._asked_ms = self._last_speech_ms
        return self._is_finished(self._samples())

    def _samples(self) -> NDArray[np.int16]:
        """The speech with what is around it."""
        ends_ms = self._last_speech_ms + self._options.around_ms
        wanted = (ends_ms - self._samples_start_ms) * SAMPLE_RATE_HZ // 1000
        return np.concatenate(self._windows)[:wanted]

    def _begin(self, t_ms: int) -> None:
        self._start_ms = t_ms
        self._last_speech_ms, self._speech_ms = t_ms + WINDOW_MS, WINDOW_MS
        self._windows = list(self._before)
        self._samples_start_ms = t_ms - WINDOW_MS * (len(self._before) - 1)
        self._before.clear()

    def _end(self) -> UtteranceAudio | None:
        assert self._start_ms is not None
        start_ms, end_ms = self._start_ms, self._last_speech_ms
        samples = self._samples()
        self._start_ms, self._windows = None, []
        if self._speech_ms < self._options.shortest_ms:
            return None
        return UtteranceAudio(start_ms, end_ms, samples, self._samples_start_ms)
