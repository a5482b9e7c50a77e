"""One provider of text-to-speech, by its plugin for LiveKit's framework."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from livekit import rtc
from livekit.agents import APIConnectOptions, tts

SAMPLE_RATE_HZ: Final = 24_000

PluginStream: TypeAlias = tts.SynthesizeStream | tts.ChunkedStream
PushFrame: TypeAlias = Callable[[rtc.AudioFrame], None]


class SilentError(Exception):
    """The provider said it was done, and there was no sound."""


@dataclass(frozen=True)
class TtsProvider:
    """A provider. Called once: whoever fails is followed by the next in order.

    Attributes:
        name: as in the settings.
        model: as it is priced.
        plugin: of the framework.
        first_timeout_s: of the first sound of a sentence.
        gap_timeout_s: between sounds.
        connect_timeout_s: of the connection.
    """

    name: str
    model: str
    plugin: tts.TTS[Any]
    first_timeout_s: float = 2.0
    gap_timeout_s: float = 2.0
    connect_timeout_s: float = 1.5

    async def synthesize(
        self, sentence: str, push: PushFrame, close_later: Callable[[PluginStream], None]
    ) -> None:
        """Speak one sentence.

        Args:
            sentence: with something to pronounce.
            push: takes the sound at SAMPLE_RATE_HZ, as it comes.
            close_later: closes the plugin's stream without making this wait.

        Raises:
            SilentError: there was no sound.
            TimeoutError: no sound came in time.
            Exception: what the plugin raises.
        """
        timeout_s, has_sound = self.first_timeout_s, False
        stream, resampler = self._stream(sentence), self._resampler()
        sounds = aiter(cast(AsyncIterator[tts.SynthesizedAudio], stream))
        try:
            while True:
                try:
                    async with asyncio.timeout(timeout_s):
                        sound = await anext(sounds)
                except StopAsyncIteration:
                    break
                timeout_s, has_sound = self.gap_timeout_s, True
                for frame in [sound.frame] if resampler is None else resampler.push(sound.frame):
                    push(frame)
        finally:
            close_later(stream)
        for frame in [] if resampler is None else resampler.flush():
            push(frame)
        if not has_sound:
            raise SilentError

    def _stream(self, sentence: str) -> PluginStream:
        options = APIConnectOptions(max_retry=0, timeout=self.connect_timeout_s)
        if not self.plugin.capabilities.streaming:
            return self.plugin.synthesize(sentence, conn_options=options)
        stream = self.plugin.stream(conn_options=options)
        stream.push_text(sentence)
        stream.end_input()
        return stream

    def _resampler(self) -> rtc.AudioResampler | None:
        if self.plugin.sample_rate == SAMPLE_RATE_HZ:
            return None
        return rtc.AudioResampler(self.plugin.sample_rate, SAMPLE_RATE_HZ)
