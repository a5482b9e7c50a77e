"""Speech-to-text and text-to-speech by models in this process, one thread for each."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.rooms import SPOKEN_NAME
from local_models.model_thread import ModelThread
from local_models.speech_to_text import Transcript, Whisper
from local_models.text_to_speech import Hibari
from local_models.turn_detection import SmartTurn
from local_models.voice_activity import SileroVad
from media_agent.domain.speech.audio import Detect
from media_agent.domain.speech.transcription import Transcription
from runtime.clock import Clock
from runtime.telemetry import metrics

FULL_SCALE: Final = 32_768
WHISPER: Final = "whisper-base-int8"


class LocalSpeechToText(ModelThread[Whisper]):
    """Silero for voice activity, Whisper for words; a context manager that loads them."""

    def __init__(self, clock: Clock, *, threads: int = 2, timeout_s: float = 120) -> None:
        """Bind; nothing is loaded yet."""
        super().__init__("hearing", lambda: Whisper(threads=threads), timeout_s=timeout_s)
        self._clock = clock

    @property
    def model(self) -> str:
        return WHISPER

    def detector(self) -> Detect:
        return SileroVad().feed

    async def transcribe(self, samples: NDArray[np.int16], *, live: bool = False) -> str:
        """As the port says; `live` goes before recordings, and listens for the name.

        A room of several calls Parley by it, which Whisper alone seldom writes
        (docs/reference/speech.md).
        """
        name = SPOKEN_NAME if live else None
        return (await self._transcribe(samples, first=live, listen_for=name)).text

    async def recognize(self, samples: NDArray[np.int16], *, language: str) -> Transcription:
        heard = await self._transcribe(samples, language=language)
        return Transcription(heard.text, heard.language, heard.understood)

    async def _transcribe(
        self, samples: NDArray[np.int16], *, first: bool = False, **how: str | None
    ) -> Transcript:
        began = self._clock.monotonic()
        floats = np.divide(samples, FULL_SCALE, dtype=np.float32)
        heard = await self.on_model(lambda whisper: whisper.transcribe(floats, **how), first=first)
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="stt", model=self.model)
        return heard


class LocalTurnDetector(ModelThread[SmartTurn]):
    """Smart Turn; a context manager that loads it."""

    def __init__(self, clock: Clock, *, timeout_s: float = 120) -> None:
        """Bind; nothing is loaded yet."""
        super().__init__("turns", SmartTurn, timeout_s=timeout_s)
        self._clock = clock

    async def probability(self, samples: NDArray[np.int16]) -> float:
        began = self._clock.monotonic()
        probability = await self.on_model(lambda model: model.probability(samples))
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="turn", model=SmartTurn.name)
        return probability


class LocalTextToSpeech(ModelThread[Hibari]):
    """Hibari; a context manager that loads it."""

    def __init__(self, clock: Clock, *, timeout_s: float = 120) -> None:
        """Bind; nothing is loaded yet."""
        super().__init__("speaking", Hibari, timeout_s=timeout_s)
        self._clock = clock

    @property
    def model(self) -> str:
        return Hibari.name

    @property
    def sample_rate_hz(self) -> int:
        return Hibari.sample_rate_hz

    async def speak(self, text: str, *, live: bool = False) -> NDArray[np.int16]:
        """As the port says; `live` goes before recordings."""
        began = self._clock.monotonic()
        samples = await self.on_model(lambda hibari: _spoken(hibari, text), first=live)
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="tts", model=self.model)
        return samples


def _spoken(hibari: Hibari, text: str) -> NDArray[np.int16]:
    sentences = list(hibari.speak(text))
    if not sentences:
        return np.empty(0, np.int16)
    return (np.concatenate(sentences) * (FULL_SCALE - 1)).astype(np.int16)
