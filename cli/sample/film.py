"""Pictures and sound into one MP4 that starts playing before it is whole."""

from collections.abc import Generator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import av
import numpy as np
from av.container.output import OutputContainer
from stage import HEIGHT, WIDTH, Picture
from voice import SAMPLE_RATE_HZ, Samples

FPS: Final = 10
PICTURE_MS: Final = 1_000 // FPS
# Text stays sharp at this quality; the picture hardly ever changes, so the file stays small.
VIDEO_OPTIONS: Final = {"crf": "22", "preset": "slow", "g": "50"}
SOUND_BITS_S: Final = 80_000
SAMPLES: Final = SAMPLE_RATE_HZ // FPS


class Film:
    """Takes one picture every PICTURE_MS, and lays its sound beside it."""

    def __init__(self, container: OutputContainer, sound: Samples) -> None:
        # Casts: PyAV's packets and options are typed only in part.
        self._container = cast(Any, container)
        self._video = self._container.add_stream("libx264", rate=FPS, options=VIDEO_OPTIONS)
        self._video.width, self._video.height = WIDTH, HEIGHT
        self._video.pix_fmt = "yuv420p"
        self._sound = self._container.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        self._sound.bit_rate = SOUND_BITS_S
        self._samples = sound
        self._pictures = 0

    def show(self, picture: Picture) -> None:
        # The fourth byte is unused by the X server and would be transparency here.
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:, :, :3]), format="bgr24")
        frame.pts, frame.time_base = self._pictures, Fraction(1, FPS)
        self._container.mux(self._video.encode(frame))
        self._play(self._pictures * SAMPLES, SAMPLES)
        self._pictures += 1

    def _play(self, start: int, count: int) -> None:
        block = np.ascontiguousarray(self._samples[np.newaxis, start : start + count])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts, frame.time_base = start, Fraction(1, SAMPLE_RATE_HZ)
        self._container.mux(self._sound.encode(frame))

    def finish(self) -> None:
        self._container.mux(self._video.encode(None))
        self._container.mux(self._sound.encode(None))


@contextmanager
def open_film(path: Path, sound: Samples) -> Generator[Film]:
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        film = Film(container, sound)
        yield film
        film.finish()
