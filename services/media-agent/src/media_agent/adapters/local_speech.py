"""Ear and voice of our own: models in this process, one thread for each."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from local_models.speech_to_text import Whisper
from local_models.text_to_speech import Hibari
from local_models.voice_activity import SileroVad
from media_agent.domain.playback import Detect
from runtime.clock import Clock
from runtime.telemetry import metrics

T = TypeVar("T")
FULL_SCALE: Final = 32_768
WHISPER: Final = "whisper-base-int8"


class LocalEar:
    """Silero for voice activity, Whisper for words; a context manager that loads them."""

    def __init__(self, clock: Clock, *, threads: int = 2, timeout_s: float = 120) -> None:
        """Bind; nothing is loaded yet."""
        self._clock, self._threads, self._timeout_s = clock, threads, timeout_s
        self._thread = ThreadPoolExecutor(1, "hearing")
        self._whisper: Whisper | None = None

    async def __aenter__(self) -> Self:
        """Load.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        self._whisper = await self._run(lambda: Whisper(threads=self._threads))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def model(self) -> str:
        return WHISPER

    def detector(self) -> Detect:
        return SileroVad().feed

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        whisper = self._whisper
        assert whisper is not None, "transcribe inside the context"
        began = self._clock.monotonic()
        floats = np.divide(samples, FULL_SCALE, dtype=np.float32)
        transcript = await self._run(lambda: whisper.transcribe(floats))
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="stt", model=self.model)
        return transcript.text

    async def _run(self, work: Callable[[], T]) -> T:
        """In the thread. Past the time limit the wait ends; the work itself cannot be stopped."""
        async with asyncio.timeout(self._timeout_s):
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class LocalVoice:
    """Hibari; a context manager that loads it."""

    def __init__(self, clock: Clock, *, timeout_s: float = 120) -> None:
        """Bind; nothing is loaded yet."""
        self._clock, self._timeout_s = clock, timeout_s
        self._thread = ThreadPoolExecutor(1, "speaking")
        self._hibari: Hibari | None = None

    async def __aenter__(self) -> Self:
        """Load.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        self._hibari = await self._run(Hibari)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def model(self) -> str:
        return Hibari.name

    @property
    def sample_rate_hz(self) -> int:
        return Hibari.sample_rate_hz

    async def speak(self, text: str) -> NDArray[np.int16]:
        hibari = self._hibari
        assert hibari is not None, "speak inside the context"
        began = self._clock.monotonic()
        samples = await self._run(lambda: _spoken(hibari, text))
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="tts", model=self.model)
        return samples

    async def _run(self, work: Callable[[], T]) -> T:
        async with asyncio.timeout(self._timeout_s):
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _spoken(hibari: Hibari, text: str) -> NDArray[np.int16]:
    sentences = list(hibari.speak(text))
    if not sentences:
        return np.empty(0, np.int16)
    return (np.concatenate(sentences) * (FULL_SCALE - 1)).astype(np.int16)
