"""Text-to-speech of a live meeting: sentence by sentence, by whichever provider works.

A sentence in which a provider fails is said again, whole, by the next in order; what is left of an
answer never falls silent with one of them.
"""

import asyncio
import textwrap
from typing import Any, Final

from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, tokenize, tts, utils

from media_agent.adapters.tts.pool import TtsPool
from media_agent.adapters.tts.provider import SAMPLE_RATE_HZ

FRAME_MS: Final = 100
MIN_SENTENCE_CHARS: Final = 12
"""Shorter ones go with the next: alone they sound clipped."""
MAX_SENTENCE_CHARS: Final = 1_000
SILENCE: Final = bytes(SAMPLE_RATE_HZ * 2 // 50)
"""20 ms: the framework takes an answer without any sound for a failure and ends the session."""


class FallbackTts(tts.TTS[Any]):
    """Never fails: what goes wrong is the pool's `on_problem`, and the answer is silence."""

    def __init__(self, pool: TtsPool) -> None:
        """Bind; nothing is opened before something is said."""
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=True),
            sample_rate=SAMPLE_RATE_HZ,
            num_channels=1,
        )
        self.pool = pool
        self.tokenizer = tokenize.blingfire.SentenceTokenizer(min_sentence_len=MIN_SENTENCE_CHARS)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return self._synthesize_with_stream(text, conn_options=conn_options)

    def stream(
        self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.SynthesizeStream:
        return _FallbackStream(self, conn_options)


class _FallbackStream(tts.SynthesizeStream):
    """One answer."""

    def __init__(self, plugin: FallbackTts, conn_options: APIConnectOptions) -> None:
        # Ignored: the base class leaves the events of its emitter open.
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            tts=plugin, conn_options=conn_options
        )
        self._pool, self._tokenizer = plugin.pool, plugin.tokenizer
        self._gave_up = False

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=SAMPLE_RATE_HZ,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=FRAME_MS,
            stream=True,
        )
        output_emitter.start_segment(segment_id=utils.shortuuid())
        sentences = self._tokenizer.stream()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._feed(sentences))
                async for sentence in sentences:
                    self._mark_started()
                    for piece in textwrap.wrap(sentence.token, MAX_SENTENCE_CHARS):
                        if not self._gave_up:
                            await self._speak(piece, output_emitter)
        finally:
            await sentences.aclose()
        output_emitter.push(SILENCE)

    async def _feed(self, sentences: tokenize.SentenceStream) -> None:
        async for item in self._input_ch:
            if isinstance(item, str):
                sentences.push_text(item)
            else:
                sentences.flush()
        sentences.end_input()

    async def _speak(self, sentence: str, output_emitter: tts.AudioEmitter) -> None:
        def push(frame: rtc.AudioFrame) -> None:
            output_emitter.push(frame.data.tobytes())

        if not any(letter.isalnum() for letter in sentence):
            return  # nothing to pronounce
        for provider in self._pool.candidates():
            try:
                await provider.synthesize(sentence, push, self._pool.close_later)
            except Exception as error:  # noqa: BLE001 - plugins raise what they like
                self._pool.failed(provider.name, type(error).__name__)
            else:
                self._pool.worked(provider.name)
                return
        # Each was waited for; the rest of the answer would be late as well.
        self._gave_up = True
        self._pool.all_failed()
