"""Speaks the lines: one synthetic voice per person, mixed into one mono track."""

import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import av
import hibari  # pyright: ignore[reportMissingTypeStubs]  # it has none
import numpy as np
from numpy.typing import NDArray
from screenplay import Line

SAMPLE_RATE_HZ: Final = 48_000
PEAK: Final = 0.7
MIN_PAUSE_MS: Final = 1_200
# So that the noise in the voice is the same on every run.
SEED: Final = 7
SILENCE_BELOW: Final = 0.01

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Spoken:
    """A line and where its sound is: from the first to the last audible sample."""

    line: Line
    start_ms: int
    end_ms: int


class Voices:
    """`heart` is hibari's (in its package); `rms` and `slt` are flite's (from the system)."""

    def __init__(self) -> None:
        # Cast: hibari is not typed.
        self._heart = cast(Any, hibari).Hibari(voice="heart")

    def speak(self, voice: str, text: str) -> Samples:
        """Mono at SAMPLE_RATE_HZ, silence at both ends cut off, peak at PEAK."""
        if voice == "heart":
            samples, rate_hz = np.asarray(self._heart(text, seed=SEED), np.float32), 24_000
        else:
            samples, rate_hz = _flite(voice, text)
        samples = _resampled(samples, rate_hz)
        audible = np.flatnonzero(np.abs(samples) > SILENCE_BELOW * np.abs(samples).max())
        samples = samples[audible[0] : audible[-1] + 1]
        return samples * (PEAK / np.abs(samples).max())


def mix(
    lines: Sequence[Line], voice_of: dict[str, str], length_ms: int
) -> tuple[Samples, list[Spoken]]:
    """The whole track, and when each line is heard.

    Raises:
        ValueError: two lines are closer than MIN_PAUSE_MS, or one runs past the end.
    """
    voices = Voices()
    track = np.zeros(length_ms * SAMPLE_RATE_HZ // 1000, np.float32)
    spoken: list[Spoken] = []
    for line in lines:
        samples = voices.speak(voice_of[line.speaker], line.text)
        start = line.at_ms * SAMPLE_RATE_HZ // 1000
        end_ms = line.at_ms + len(samples) * 1000 // SAMPLE_RATE_HZ
        if spoken and line.at_ms - spoken[-1].end_ms < MIN_PAUSE_MS:
            raise ValueError(
                f"{line.text!r} starts {line.at_ms - spoken[-1].end_ms} ms after the last"
            )
        if end_ms > length_ms:
            raise ValueError(f"{line.text!r} ends at {end_ms} ms, after the video")
        track[start : start + len(samples)] = samples
        spoken.append(Spoken(line, line.at_ms, end_ms))
    return track, spoken


def _flite(voice: str, text: str) -> tuple[Samples, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(path)]
        subprocess.run(command, check=True, timeout=30)  # noqa: S603  # our own text
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            return pcm.astype(np.float32) / np.float32(32_768), file.getframerate()


def _resampled(samples: Samples, rate_hz: int) -> Samples:
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="flt", layout="mono")
    frame.sample_rate = rate_hz
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([f.to_ndarray()[0] for f in frames]).astype(np.float32)
