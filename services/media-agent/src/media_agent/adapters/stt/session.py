"""State of one person's speech-to-text: the open stream, and utterances on their way to text."""

import asyncio
from contextlib import suppress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_agent.adapters.stt.audio import duration_s, frame_of
from media_agent.adapters.stt.metered_stt import MeteredStt, MeteredSttStream
from media_agent.domain.speech.transcription_buffer import TranscriptionBuffer

MIN_SPEECH_S: Final = 0.2
"""Less speech than that is a click or a cough, and no provider is asked about it."""
TAIL_S: Final = 1.0
"""Speech after the last word of a transcript that may be breath or laughter."""


class ProviderStream:
    """A stream that is open at a provider.

    Attributes:
        pushed_s: sound it was given so far.
        is_closed: it gets no more sound.
        last_text_s: when it last gave words, by the pool's clock.
        last_speech_s: when somebody last spoke in it, by the same.
        task: reads it; cancelled by `close`.
    """

    def __init__(self, provider: MeteredStt, stream: MeteredSttStream, *, now_s: float) -> None:
        self.provider, self.stream = provider, stream
        self.pushed_s = 0.0
        self.is_closed = False
        self.last_text_s = self.last_speech_s = now_s
        self.task: asyncio.Task[None] | None = None

    def push(self, samples: NDArray[np.int16]) -> None:
        """The next sound."""
        if self.is_closed:
            return
        with suppress(RuntimeError):  # it broke a moment ago, as its reader will notice
            self.stream.push_frame(frame_of(samples))
        self.pushed_s += duration_s(samples)

    def flush(self, now_s: float) -> None:
        """Speech ended: ask for its last words now."""
        self.last_speech_s = now_s
        with suppress(RuntimeError):
            self.stream.flush()

    def close(self) -> None:
        """Harmless twice."""
        self.is_closed = True
        if self.task is not None:
            self.task.cancel()


class PendingUtterance:
    """Speech that is not wholly transcribed yet.

    Attributes:
        buffer: its sound, as far as no transcript covers it.
        stream: the one that gets it while it is spoken; None: it is transcribed at its end.
        finals: transcripts that came for it.
        changed: set when a transcript came, or its stream failed.
    """

    def __init__(self, buffer: TranscriptionBuffer, stream: ProviderStream | None) -> None:
        self.buffer, self.stream = buffer, stream
        self.finals = 0
        self.changed = asyncio.Event()

    @property
    def is_transcribed(self) -> bool:
        """Whether all of it is, as far as one can tell."""
        return self.buffer.unheard_s < (TAIL_S if self.finals else MIN_SPEECH_S)

    @property
    def is_streamed(self) -> bool:
        """Whether an open stream gets it."""
        return self.stream is not None and not self.stream.is_closed
