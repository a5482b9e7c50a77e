"""Plays a recording: what is said in it, and which of its frames are kept, in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_agent.domain.gate.frame_sampler import (
    FrameRates,
    FrameSampler,
    SamplingCounts,
    SelectedFrame,
)
from media_agent.domain.gate.frames import Frame, Gate, Picture
from media_agent.domain.recording.pieces import Piece, Sound
from media_agent.domain.speech.audio import (
    SAMPLE_RATE_HZ,
    WINDOW_MS,
    WINDOW_SAMPLES,
    Detect,
    IsFinished,
)
from media_agent.domain.speech.segmenter import SpeechSegmenter, UtteranceAudio


@dataclass(frozen=True, eq=False)
class SpokenUtterance:
    """An utterance, and what the screen showed when it ended (None without a picture)."""

    utterance: UtteranceAudio
    screen: Frame | None


@dataclass(frozen=True)
class ClockStopped:
    """The clock stands: what comes next lies at or after `until_ms`."""


PlaybackStep = SelectedFrame | SpokenUtterance | SamplingCounts | ClockStopped
COUNT_EVERY_MS: Final = 10_000


class Playback:
    """One pass over a recording. Pull what happens; between two pulls nothing moves.

    The same recording gives the same steps at every pass.

    Attributes:
        until_ms: how far the clock may go; set it before pulling.
        position_ms: how far it came.
    """

    def __init__(
        self,
        pieces: Iterator[Piece],
        *,
        gate: Gate,
        detect: Detect,
        is_finished: IsFinished,
        rates: FrameRates,
    ) -> None:
        self._pieces, self._detect = pieces, detect
        self._sampler = FrameSampler(gate, rates)
        self._segmenter = SpeechSegmenter(is_finished)
        self._waiting: NDArray[np.int16] = np.empty(0, np.int16)
        self._waiting_ms = 0
        self._pause: tuple[int, Frame | None] | None = None
        self._counted_ms = 0
        self.until_ms = 0
        self.position_ms = 0

    @property
    def is_speaking(self) -> bool:
        return self._segmenter.speaking

    def steps(self) -> Iterator[PlaybackStep]:
        """Everything in order, `Standing` where `until_ms` is reached, to the recording's end."""
        for piece in self._pieces:
            while piece.t_ms >= self.until_ms:
                yield ClockStopped()
            while piece.t_ms >= self._counted_ms + COUNT_EVERY_MS:
                yield self._count(self._counted_ms + COUNT_EVERY_MS)
            self.position_ms = max(self.position_ms, piece.t_ms)
            if isinstance(piece, Picture):
                yield from self._see(piece)
            else:
                yield from self._hear(piece)
        if (last := self._segmenter.finish()) is not None:
            yield self._spoken(last)
        yield self._count(max(self.position_ms, self._counted_ms) + 1)

    def ask(self, frame: Frame) -> SelectedFrame | None:
        """Somebody asks about this frame: keep it, if no kept frame shows it."""
        return self._sampler.ask(frame)

    def save(self, saves: bool) -> None:
        """Keep few frames, for the budget, or as many as ever."""
        self._sampler.save(saves)

    def _count(self, to_ms: int) -> SamplingCounts:
        self._counted_ms = to_ms
        return self._sampler.count(to_ms)

    def _see(self, picture: Picture) -> Iterator[PlaybackStep]:
        selected = self._sampler.see(picture, speaking=self._segmenter.speaking)
        if selected is not None:
            yield selected

    def _hear(self, sound: Sound) -> Iterator[PlaybackStep]:
        self._waiting_ms = sound.t_ms - len(self._waiting) * 1000 // SAMPLE_RATE_HZ
        probabilities = self._detect(sound.samples)
        waiting = np.concatenate((self._waiting, sound.samples))
        for probability in probabilities:
            window, waiting = waiting[:WINDOW_SAMPLES], waiting[WINDOW_SAMPLES:]
            utterance = self._segmenter.hear(self._waiting_ms, window, probability)
            self._waiting_ms += WINDOW_MS
            if utterance is not None:
                yield self._spoken(utterance)
            self._remember_screen()
        self._waiting = waiting

    def _remember_screen(self) -> None:
        """What is shown when speech pauses: it may turn out to be the utterance's end."""
        ended_ms = self._segmenter.speech_ended_ms
        if ended_ms is None:
            self._pause = None
        elif self._pause is None or self._pause[0] != ended_ms:
            self._pause = (ended_ms, self._sampler.newest)

    def _spoken(self, utterance: UtteranceAudio) -> SpokenUtterance:
        frame = self._sampler.newest if self._pause is None else self._pause[1]
        self._pause = None
        return SpokenUtterance(utterance, frame)
