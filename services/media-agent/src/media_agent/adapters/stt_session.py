"""What the ears of one live meeting are made of: providers, their sockets, what is on its way."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from livekit import rtc
from livekit.agents import stt, vad
from numpy.typing import NDArray

from media_agent.domain.providers import Order, SpeechProblem
from media_agent.domain.speech import SAMPLE_RATE_HZ
from media_agent.domain.transcription_buffer import TranscriptionBuffer
from runtime.telemetry import metrics
from spending import Model, Quantity, StreamingUsageMeter, UsageRecorder

log = logging.getLogger(__name__)

LONGEST_S: Final = 20.0
"""Given at once to a provider that does not stream; Whisper hears 30 s."""
SHORTEST_S: Final = 0.2
"""Less speech than that is a click or a cough, and nobody is asked about it."""
TAIL_S: Final = 1.0
"""Speech after the last word of a transcript that may be breath or laughter."""


@dataclass(frozen=True)
class SttProvider:
    """One provider of words.

    Attributes:
        name: as in the settings.
        model: whom to pay; `local` costs nothing.
        plugin: of the framework.
        timeout_s: of one whole utterance, where it is not streamed.
    """

    name: str
    model: Model
    plugin: stt.STT[Any]
    timeout_s: float = 10.0

    @property
    def streams(self) -> bool:
        return self.plugin.capabilities.streaming


@dataclass(frozen=True)
class SttTimeouts:
    """How long is waited for a provider, in seconds.

    Attributes:
        connect: to it.
        final: for the last words, after speech ended.
        nothing: while somebody speaks on and on.
        idle: before a socket is closed in which nobody speaks: it is paid by the second.
        look: between two looks at all that.
    """

    connect: float = 1.5
    final: float = 1.5
    nothing: float = 4.0
    idle: float = 20.0
    look: float = 0.5


@dataclass(frozen=True)
class Hearing:
    """What all ears of one meeting share."""

    providers: dict[str, SttProvider]
    order: Order
    vad: vad.VAD
    usage: UsageRecorder
    now_ms: Callable[[], int]
    on_problem: Callable[[SpeechProblem], None]
    timeouts: SttTimeouts = field(default_factory=SttTimeouts)

    def now_s(self) -> float:
        return self.usage.clock.monotonic()

    def failed(self, name: str, why: str) -> None:
        self.order.failed(name, self.now_s())
        log.warning("ear.failed", extra={"provider": name, "why": why})
        metrics.add("speech_failures_total", kind="stt", provider=name)

    def worked(self, name: str) -> None:
        if self.order.worked(name):
            self.on_problem("ears_back")

    def nobody_heard(self) -> None:
        if self.order.nobody_served():
            self.on_problem("ears_lost")


class Socket:
    """A provider's open stream."""

    def __init__(
        self, provider: SttProvider, stream: stt.RecognizeStream, meter: StreamingUsageMeter
    ):
        self.provider, self.stream, self.meter = provider, stream, meter
        self.given_s = 0.0
        self.is_over = False
        self.last_words_s = 0.0
        self.last_speech_s = 0.0
        self.task: asyncio.Task[None] | None = None

    def give(self, samples: NDArray[np.int16]) -> None:
        """The next sound."""
        if self.is_over:
            return
        with suppress(RuntimeError):  # it broke a moment ago, as its reader will notice
            self.stream.push_frame(frame_of(samples))
        self.given_s += len(samples) / SAMPLE_RATE_HZ

    def pause(self, now_s: float) -> None:
        """Speech ended: ask for the words now."""
        self.last_speech_s = now_s
        with suppress(RuntimeError):
            self.stream.flush()

    def close(self) -> None:
        """Harmless twice."""
        self.is_over = True
        if self.task is not None:
            self.task.cancel()


class Spoken:
    """An utterance on its way to words."""

    def __init__(self, kept: TranscriptionBuffer, socket: Socket | None) -> None:
        self.kept, self.socket = kept, socket
        self.finals = 0
        self.news = asyncio.Event()

    @property
    def is_heard(self) -> bool:
        """Is all of it transcribed, as far as one can tell?"""
        return self.kept.unheard_s < (TAIL_S if self.finals else SHORTEST_S)

    @property
    def is_listened_to(self) -> bool:
        """Does a socket get it?"""
        return self.socket is not None and not self.socket.is_over


def pieces(samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    """As long as one may give at once."""
    longest = round(LONGEST_S * SAMPLE_RATE_HZ)
    for at in range(0, len(samples), longest):
        yield samples[at : at + longest]


def length_of(samples: NDArray[np.int16]) -> Quantity:
    return Quantity.seconds(round(len(samples) / SAMPLE_RATE_HZ, 3))


def samples_of(frame: rtc.AudioFrame) -> NDArray[np.int16]:
    return np.frombuffer(frame.data, np.int16)


def frame_of(samples: NDArray[np.int16]) -> rtc.AudioFrame:
    return rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE_HZ, 1, len(samples))
