"""The voice of a live meeting: sentence by sentence, by whoever of the providers speaks.

A sentence in which a provider fails is said again, whole, by the next in order; what is left of an
answer never falls silent with one of them.
"""

import asyncio
import logging
import textwrap
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, cast

from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    APIConnectOptions,
    APIError,
    APITimeoutError,
    tokenize,
    tts,
    utils,
)

from media_agent.domain.providers import Order, SpeechProblem
from runtime.telemetry import metrics
from spending import LOCAL, Model, Quantity, UsageRecorder

log = logging.getLogger(__name__)

SAMPLE_RATE_HZ: Final = 24_000
FRAME_MS: Final = 100
SHORTEST_SENTENCE_CHARS: Final = 12
"""Shorter ones go with the next: alone they sound clipped."""
LONGEST_SENTENCE_CHARS: Final = 1_000
SILENCE: Final = bytes(SAMPLE_RATE_HZ * 2 // 50)
"""20 ms: the framework takes an answer without any sound for a failure and ends the session."""


PluginStream = tts.SynthesizeStream | tts.ChunkedStream


class SilentError(Exception):
    """The provider said it was done, and there was no sound."""


@dataclass(frozen=True)
class TtsProvider:
    """One provider of sound.

    Attributes:
        name: as in the settings.
        model: whom to pay, by the character; `local` costs nothing.
        plugin: of the framework.
        first_timeout_s: of the first sound of a sentence.
        gap_timeout_s: between sounds.
    """

    name: str
    model: Model
    plugin: tts.TTS[Any]
    first_timeout_s: float = 2.0
    gap_timeout_s: float = 2.0
    connect_timeout_s: float = 1.5


@dataclass(frozen=True)
class Speaking:
    """What all answers of one meeting share."""

    providers: dict[str, TtsProvider]
    order: Order
    usage: UsageRecorder
    now_ms: Callable[[], int]
    on_problem: Callable[[SpeechProblem], None]
    tasks: asyncio.TaskGroup
    numbers: "count[int]" = field(default_factory=count)

    def now_s(self) -> float:
        return self.usage.clock.monotonic()

    def failed(self, name: str, why: str) -> None:
        self.order.failed(name, self.now_s())
        log.warning("voice.failed", extra={"provider": name, "why": why})
        metrics.add("speech_failures_total", kind="tts", provider=name)

    def worked(self, name: str) -> None:
        if self.order.worked(name):
            self.on_problem("voice_back")

    def close_later(self, stream: PluginStream) -> None:
        """Without making anybody wait: who interrupts wants silence now.

        In Python 3.11 a plugin's `wait_for` may swallow a cancellation (python/cpython#86296), and
        the plugin then ends by its own time limit.
        """
        self.tasks.create_task(_closed(stream))

    def nobody_spoke(self) -> None:
        if self.order.nobody_served():
            self.on_problem("voice_lost")


class FallbackTts(tts.TTS[Any]):
    """Never fails: what goes wrong is `on_problem`'s, and the answer is silence."""

    def __init__(self, speaking: Speaking) -> None:
        """Bind; nothing is opened before something is said."""
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=True),
            sample_rate=SAMPLE_RATE_HZ,
            num_channels=1,
        )
        self.speaking = speaking
        self.tokenizer = tokenize.blingfire.SentenceTokenizer(
            min_sentence_len=SHORTEST_SENTENCE_CHARS
        )

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return self._synthesize_with_stream(text, conn_options=conn_options)

    def stream(
        self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.SynthesizeStream:
        return _Answer(self, conn_options)


class _Answer(tts.SynthesizeStream):
    def __init__(self, voice: FallbackTts, conn_options: APIConnectOptions) -> None:
        # Ignored: the base class leaves the events of its emitter open.
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            tts=voice, conn_options=conn_options
        )
        self._speaking, self._tokenizer = voice.speaking, voice.tokenizer
        self._pushed_bytes = 0
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
                    for piece in textwrap.wrap(sentence.token, LONGEST_SENTENCE_CHARS):
                        if not self._gave_up:
                            await self._say(piece, output_emitter)
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

    async def _say(self, sentence: str, out: tts.AudioEmitter) -> None:
        if not any(letter.isalnum() for letter in sentence):
            return  # nothing to pronounce
        for name in self._speaking.order.candidates(self._speaking.now_s()):
            try:
                await self._by(self._speaking.providers[name], sentence, out)
            except Exception as error:  # noqa: BLE001 - plugins raise what they like
                self._speaking.failed(name, type(error).__name__)
            else:
                self._speaking.worked(name)
                return
        # Everybody was waited for; the rest of the answer would be late as well.
        self._gave_up = True
        self._speaking.nobody_spoke()

    async def _by(self, provider: TtsProvider, sentence: str, out: tts.AudioEmitter) -> None:
        usage, length = self._speaking.usage, Quantity.characters(len(sentence))
        part = f"{provider.name}/{self._speaking.now_ms()}/{next(self._speaking.numbers)}"
        if provider.model.provider == LOCAL:
            await self._sound(provider, sentence, out)
            usage.free("tts", provider.model.name, length, part=part)
            return
        held, used = await usage.hold("tts", provider.model, length, part=part), length
        before = self._pushed_bytes
        try:
            await self._sound(provider, sentence, out)
        except APITimeoutError:
            raise  # it may have taken the text
        except APIError:
            if self._pushed_bytes == before:
                used = Quantity.characters(0)  # it said no, and takes nothing for that
            raise
        finally:
            usage.settle(held, used)

    async def _sound(self, provider: TtsProvider, sentence: str, out: tts.AudioEmitter) -> None:
        timeout_s, heard = provider.first_timeout_s, False
        stream, resampler = _stream(provider, sentence), _resampler(provider.plugin)
        sounds = aiter(cast(AsyncIterator[tts.SynthesizedAudio], stream))
        try:
            while True:
                try:
                    async with asyncio.timeout(timeout_s):
                        sound = await anext(sounds)
                except StopAsyncIteration:
                    break
                timeout_s, heard = provider.gap_timeout_s, True
                for frame in [sound.frame] if resampler is None else resampler.push(sound.frame):
                    self._push(frame, out)
        finally:
            self._speaking.close_later(stream)
        for frame in [] if resampler is None else resampler.flush():
            self._push(frame, out)
        if not heard:
            raise SilentError

    def _push(self, frame: rtc.AudioFrame, out: tts.AudioEmitter) -> None:
        sound = frame.data.tobytes()
        self._pushed_bytes += len(sound)
        out.push(sound)


def _stream(provider: TtsProvider, sentence: str) -> PluginStream:
    # No second try inside: whoever fails is followed by the next in order.
    options = APIConnectOptions(max_retry=0, timeout=provider.connect_timeout_s)
    if not provider.plugin.capabilities.streaming:
        return provider.plugin.synthesize(sentence, conn_options=options)
    stream = provider.plugin.stream(conn_options=options)
    stream.push_text(sentence)
    stream.end_input()
    return stream


async def _closed(stream: PluginStream) -> None:
    try:
        await stream.aclose()
    except Exception as error:  # noqa: BLE001 - plugins raise what they like
        log.warning("voice.not_closed", extra={"why": type(error).__name__})


def _resampler(voice: tts.TTS[Any]) -> rtc.AudioResampler | None:
    if voice.sample_rate == SAMPLE_RATE_HZ:
        return None
    return rtc.AudioResampler(voice.sample_rate, SAMPLE_RATE_HZ)
