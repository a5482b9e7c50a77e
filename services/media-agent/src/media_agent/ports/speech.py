"""Speech in and out, as the service needs it of any model."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.ids import TurnId
from media_agent.domain.speech.segmenter import UtteranceAudio
from media_agent.domain.speech.transcription import Transcription


class SpeechToText(Protocol):
    """A model of speech-to-text."""

    @property
    def model(self) -> str: ...

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        """Text of mono samples at 16 kHz; "" when there are no words.

        Raises:
            UnavailableError: the model's process does not answer, or has too many in line.
            TimeoutError: it took too long.
        """
        ...


class RecordedSpeechToText(Protocol):
    """A model of speech-to-text that also says what language it heard."""

    @property
    def model(self) -> str: ...

    async def recognize(self, samples: NDArray[np.int16], *, language: str) -> Transcription:
        """Words of mono samples at 16 kHz; `language` (ISO 639-1) is what is expected.

        Raises:
            TimeoutError: it took too long.
        """
        ...


class TurnDetector(Protocol):
    """A model that tells the end of what somebody says from a pause in it."""

    async def probability(self, samples: NDArray[np.int16]) -> float:
        """That the speaker has finished, in [0, 1].

        Args:
            samples: mono, 16 kHz: speech and about 200 ms of what follows.

        Raises:
            UnavailableError: the model's process does not answer, or has too many in line.
            TimeoutError: it took too long.
        """
        ...


class TextToSpeech(Protocol):
    """A model of text-to-speech."""

    @property
    def model(self) -> str: ...

    @property
    def sample_rate_hz(self) -> int: ...

    async def speak(self, text: str) -> NDArray[np.int16]:
        """Mono samples; empty where nothing can be pronounced.

        Raises:
            UnavailableError: the model's process does not answer, or has too many in line.
            TimeoutError: it took too long.
        """
        ...


class RecordingSpeech(Protocol):
    """Both, for one recording, whose tenant pays for it.

    What it does raises a ServiceError when it cannot be paid for, and TimeoutError when it took
    too long.
    """

    @property
    def sample_rate_hz(self) -> int:
        """Of what is spoken."""
        ...

    async def transcribe(self, utterance: UtteranceAudio) -> Transcription:
        """Its words, without blanks around."""
        ...

    async def speak(self, text: str, *, turn_id: TurnId) -> NDArray[np.int16]:
        """A turn's answer as mono samples; empty where nothing can be pronounced."""
        ...


class MeetingSpeech(Protocol):
    """Ears and voice of a live meeting, as far as they cost money."""

    def pay(self, *, ears: bool, voice: bool) -> None:
        """Whether providers that cost money may be asked from now on."""
        ...

    @property
    def has_own_voice(self) -> bool:
        """Whether one that costs nothing can speak."""
        ...

    @property
    def may_speak(self) -> bool:
        """Whether anybody may be asked to speak now."""
        ...
