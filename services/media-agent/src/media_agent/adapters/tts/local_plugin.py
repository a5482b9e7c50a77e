"""The machine's own text-to-speech as a plugin of LiveKit's framework."""

from typing import Any

from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    APIConnectionError,
    APIConnectOptions,
    APITimeoutError,
    tts,
    utils,
)

from contracts.errors import ServiceError
from media_agent.ports.speech import TextToSpeech


class LocalTts(tts.TTS[Any]):
    """Whole sentences; does not stream."""

    def __init__(self, inner: TextToSpeech) -> None:
        """Bind."""
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=inner.sample_rate_hz,
            num_channels=1,
        )
        self._inner = inner

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def provider(self) -> str:
        return "local"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Sentence(self, self._inner, text, conn_options)


class _Sentence(tts.ChunkedStream):
    def __init__(
        self, plugin: LocalTts, inner: TextToSpeech, text: str, conn_options: APIConnectOptions
    ) -> None:
        # Ignored: the base class leaves the events of its emitter open.
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            tts=plugin, input_text=text, conn_options=conn_options
        )
        self._inner = inner

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        try:
            samples = await self._inner.speak(self._input_text)
        except TimeoutError as error:
            raise APITimeoutError from error
        except ServiceError as error:
            raise APIConnectionError(error.code) from error
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=self._inner.sample_rate_hz,
            num_channels=1,
            mime_type="audio/pcm",
        )
        output_emitter.push(samples.astype("<i2").tobytes())
        output_emitter.flush()
