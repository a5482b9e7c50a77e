"""Speech in and out, as the service needs it of any model."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from media_agent.domain.speech.audio import Detect


class Transcriber(Protocol):
    """Gives the words of speech."""

    @property
    def model(self) -> str: ...

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        """Words of mono samples at 16 kHz; "" when there are none.

        Raises:
            UnavailableError: a transcriber elsewhere does not answer, or has too many in line.
            TimeoutError: it took too long.
        """
        ...


class SpeechToText(Transcriber, Protocol):
    """Voice activity and words."""

    def detector(self) -> Detect:
        """A new one for each stream of sound: it remembers what it heard before."""
        ...


class TextToSpeech(Protocol):
    """Speaks."""

    @property
    def model(self) -> str: ...

    @property
    def sample_rate_hz(self) -> int: ...

    async def speak(self, text: str) -> NDArray[np.int16]:
        """Mono samples; empty where nothing can be pronounced.

        Raises:
            UnavailableError: a synthesizer elsewhere does not answer, or has too many in line.
            TimeoutError: it took too long.
        """
        ...
