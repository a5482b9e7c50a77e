"""The machine's own ear and voice as plugins of LiveKit's framework."""

from typing import Any, Final

import numpy as np
from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectionError,
    APIConnectOptions,
    APITimeoutError,
    LanguageCode,
    NotGivenOr,
    stt,
    tts,
    utils,
)
from livekit.agents.utils import AudioBuffer

from contracts.errors import ServiceError
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ
from media_agent.ports.speech import TextToSpeech, Transcriber

LANGUAGE: Final = LanguageCode("en")


class LocalStt(stt.STT[Any]):
    """Whole utterances at 16 kHz; does not stream."""

    def __init__(self, ear: Transcriber) -> None:
        """Bind."""
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._ear = ear

    @property
    def model(self) -> str:
        return self._ear.model

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
        heard = rtc.combine_audio_frames(buffer)
        assert heard.sample_rate == SAMPLE_RATE_HZ
        samples = np.frombuffer(heard.data, np.int16)
        try:
            text = await self._ear.transcribe(samples)
        except TimeoutError as error:
            raise APITimeoutError from error
        except ServiceError as error:
            raise APIConnectionError(error.code) from error
        words = [stt.SpeechData(language=LANGUAGE, text=text.strip())] if text.strip() else []
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=words)


class LocalTts(tts.TTS[Any]):
    """Whole sentences; does not stream."""

    def __init__(self, voice: TextToSpeech) -> None:
        """Bind."""
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=voice.sample_rate_hz,
            num_channels=1,
        )
        self._voice = voice

    @property
    def model(self) -> str:
        return self._voice.model

    @property
    def provider(self) -> str:
        return "local"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Sentence(self, self._voice, text, conn_options)


class _Sentence(tts.ChunkedStream):
    def __init__(
        self, plugin: LocalTts, voice: TextToSpeech, text: str, conn_options: APIConnectOptions
    ) -> None:
        # Ignored: the base class leaves the events of its emitter open.
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            tts=plugin, input_text=text, conn_options=conn_options
        )
        self._voice = voice

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        try:
            samples = await self._voice.speak(self._input_text)
        except TimeoutError as error:
            raise APITimeoutError from error
        except ServiceError as error:
            raise APIConnectionError(error.code) from error
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=self._voice.sample_rate_hz,
            num_channels=1,
            mime_type="audio/pcm",
        )
        output_emitter.push(samples.astype("<i2").tobytes())
        output_emitter.flush()
