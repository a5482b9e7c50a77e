"""One sound track of a recording, decoded to what speech is looked for in."""

from collections.abc import Iterator
from typing import Final

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from media_agent.adapters.video.media_clock import LEAP_S, MediaClock
from media_agent.adapters.video.sound_filters import Floats, Leveller, SampleAligner, format_of
from media_agent.domain.recording.pieces import Sound
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ
from media_agent.domain.speech.downmix import Downmix

JITTER_SAMPLES: Final = SAMPLE_RATE_HZ // 1000
PAUSE_SAMPLES: Final = SAMPLE_RATE_HZ
"""Silence put before a gap: an utterance ends there as it does anywhere."""


class SoundTrack:
    """Makes one stream of sound from a track's frames, whatever their format and times.

    Attributes:
        peak: the loudest that was heard, 1 is full scale; before it was made louder.
        damaged_at_s: where the first frame lay that could not be made use of; None: nowhere.
    """

    def __init__(self, clock: MediaClock) -> None:
        self._clock = clock
        self.peak = 0.0
        self.damaged_at_s: float | None = None

    def sounds(self, frames: Iterator[av.AudioFrame]) -> Iterator[Sound]:
        """In order of time, without a gap but those that last longer than a second."""
        ended_ms = 0
        for sound in self._stretches(frames):
            # Damaged times overlap: what was heard later is later.
            t_ms = max(sound.t_ms, ended_ms)
            ended_ms = t_ms + len(sound.samples) * 1000 // SAMPLE_RATE_HZ
            yield Sound(t_ms, sound.samples)

    def _stretches(self, frames: Iterator[av.AudioFrame]) -> Iterator[Sound]:
        stretch = _Stretch()
        for frame in frames:
            if not frame.samples or not frame.sample_rate:
                continue
            ended_s = self._clock.next_s
            at_s = self._clock.at(frame.time, frame.samples / frame.sample_rate)
            if ended_s is not None and at_s > ended_s + LEAP_S:
                yield from stretch.finish()
                yield _pause(ended_s)
                stretch = _Stretch()
            try:
                yield from stretch.add(frame, at_s)
            except (av.error.FFmpegError, ValueError):  # a format that no filter takes
                if self.damaged_at_s is None:
                    self.damaged_at_s = at_s
            self._remember(stretch)
        yield from stretch.finish()
        self._remember(stretch)

    def _remember(self, stretch: "_Stretch") -> None:
        self.peak = max(self.peak, stretch.peak)


class _Stretch:
    """Sound without a gap; its format may change."""

    def __init__(self) -> None:
        self._aligner: SampleAligner | None = None
        self._downmix, self._leveller = Downmix(), Leveller()
        self._next_sample: int | None = None
        self.peak = 0.0

    def add(self, frame: av.AudioFrame, at_s: float) -> Iterator[Sound]:
        if self._aligner is not None and self._aligner.format != format_of(frame):
            yield from self._align(None)
            self._aligner, self._downmix = None, Downmix()
        if self._aligner is None:
            self._aligner = SampleAligner(frame)
        yield from self._align(frame, at_s)

    def finish(self) -> Iterator[Sound]:
        if self._aligner is not None:
            yield from self._align(None)
            yield from map(_sound, self._leveller.finish())

    def _align(self, frame: av.AudioFrame | None, at_s: float = 0.0) -> Iterator[Sound]:
        assert self._aligner is not None
        for begins, channels in self._aligner.align(frame, at_s):
            samples = self._downmix.mono(channels)
            self.peak = max(self.peak, float(np.abs(samples).max(initial=0.0)))
            first, samples = self._joined(begins, samples)
            yield from map(_sound, self._leveller.level(first, samples))

    def _joined(self, first: int, samples: Floats) -> tuple[int, Floats]:
        """Right after the block before, filled or cut.

        Where the format changes, resamplers end and begin with some samples too few or too many.
        """
        missing = 0 if self._next_sample is None else first - self._next_sample
        if abs(missing) > JITTER_SAMPLES:
            samples = np.pad(samples, (max(missing, 0), 0))[max(-missing, 0) :]
        first = first if self._next_sample is None else self._next_sample
        self._next_sample = first + len(samples)
        return first, samples


def _sound(made: tuple[int, NDArray[np.int16]]) -> Sound:
    first, samples = made
    return Sound(first * 1000 // SAMPLE_RATE_HZ, samples)


def _pause(at_s: float) -> Sound:
    return Sound(round(at_s * 1000), np.zeros(PAUSE_SAMPLES, np.int16))
