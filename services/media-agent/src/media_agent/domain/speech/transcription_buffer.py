"""Speech in memory until it is transcribed: a provider may fail, and no word is lost."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_agent.domain.speech.audio import SAMPLE_RATE_HZ, WINDOW_SAMPLES

MAX_KEPT_S: Final = 60.0


@dataclass(frozen=True, eq=False)
class _Window:
    samples: NDArray[np.int16]
    is_speech: bool

    @property
    def length_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ


class TranscriptionBuffer:
    """What somebody says, as far as it is not transcribed yet."""

    def __init__(self, begins_s: float = 0.0) -> None:
        """Begin.

        Args:
            begins_s: of its first sample, in the sound that the provider was given.
        """
        self._windows: deque[_Window] = deque()
        self._begins_s = begins_s
        self.length_s = 0.0
        """Of all of it."""
        self.unheard_s = 0.0
        """Speech of it, pauses not counted."""
        self.lost_s = 0.0
        """Speech that was given up because too much waited."""

    @property
    def ends_s(self) -> float:
        """Of its last sample, in the sound that the provider was given."""
        return self._begins_s + self.length_s

    @classmethod
    def beginning(
        cls, samples: NDArray[np.int16], *, speech_s: float, begins_s: float = 0.0
    ) -> "TranscriptionBuffer":
        """From the sound around the begin of speech.

        Args:
            samples: mono, 16 kHz.
            speech_s: how much of its end is speech.
            begins_s: as above.
        """
        made = cls(begins_s)
        speech_from = len(samples) - round(speech_s * SAMPLE_RATE_HZ)
        for at in range(0, len(samples), WINDOW_SAMPLES):
            window = samples[at : at + WINDOW_SAMPLES]
            made.add(window, is_speech=at + len(window) > speech_from)
        return made

    def add(self, samples: NDArray[np.int16], *, is_speech: bool) -> None:
        """The next samples."""
        window = _Window(samples, is_speech)
        self._windows.append(window)
        self._count(window, 1)
        while self.length_s > MAX_KEPT_S:
            self.lost_s += self._drop()

    def heard_until(self, end_s: float) -> None:
        """A transcript came: drop what it covers.

        Args:
            end_s: of its last word, in the sound that the provider was given; 0 where it does not
                say, which covers everything so far.
        """
        while self._windows and (
            not end_s or self._begins_s + self._windows[0].length_s / 2 < end_s
        ):
            self._drop()

    def samples(self) -> NDArray[np.int16]:
        """All of it; mono, 16 kHz."""
        parts = [window.samples for window in self._windows]
        return np.concatenate(parts) if parts else np.empty(0, np.int16)

    def _drop(self) -> float:
        window = self._windows.popleft()
        self._begins_s += window.length_s
        self._count(window, -1)
        return window.length_s if window.is_speech else 0.0

    def _count(self, window: _Window, sign: int) -> None:
        self.length_s = max(0.0, self.length_s + sign * window.length_s)
        if window.is_speech:
            self.unheard_s = max(0.0, self.unheard_s + sign * window.length_s)
