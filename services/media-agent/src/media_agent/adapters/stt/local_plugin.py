"""The machine's own speech-to-text as a plugin of LiveKit's framework."""

from typing import Any

from livekit import rtc
from livekit.agents import (
    NOT_GIVEN,
    APIConnectionError,
    APIConnectOptions,
    APITimeoutError,
    NotGivenOr,
    stt,
)
from livekit.agents.utils import AudioBuffer

from contracts.errors import ServiceError
from media_agent.adapters.stt.audio import samples_of
from media_agent.adapters.stt.provider import LANGUAGE
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ
from media_agent.ports.speech import SpeechToText


class LocalStt(stt.STT[Any]):
    """Whole utterances at 16 kHz; does not stream."""

    def __init__(self, inner: SpeechToText) -> None:
        """Bind."""
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._inner = inner

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def provider(self) -> str:
        return "local"

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        frame = rtc.combine_audio_frames(buffer)
        assert frame.sample_rate == SAMPLE_RATE_HZ
        samples = samples_of(frame)
        try:
            text = await self._inner.transcribe(samples)
        except TimeoutError as error:
            raise APITimeoutError from error
        except ServiceError as error:
            raise APIConnectionError(error.code) from error
        words = [stt.SpeechData(language=LANGUAGE, text=text.strip())] if text.strip() else []
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=words)
