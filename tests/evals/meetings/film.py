"""Pictures and sound as one MP4, with what moves on a real screen: a pointer, a caret."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from voices import RATE_HZ, Samples

FPS: Final = 5
OPTIONS: Final = {"crf": "23", "preset": "veryfast", "g": "50", "threads": "1"}
SOUND_BITS_S: Final = 64_000
CARET_PX: Final = (2, 18)
ARROW: Final = np.array([(0, 0), (0, 16), (4, 12), (7, 18), (10, 17), (7, 11), (12, 11)], np.int32)
WAY_S: Final = 7.0
"""The pointer goes somewhere else every so many seconds, and rests for half of them."""
Picture = NDArray[np.uint8]


def record(path: Path, states: Sequence[tuple[int, Picture]], sound: Samples) -> None:
    """Write the recording.

    Args:
        states: from when (ms) which RGB picture; ascending, all of one even size.
        sound: mono at RATE_HZ, as long as the recording is to be.
    """
    height, width, _ = states[0][1].shape
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        # Cast: PyAV's streams and packets are typed only in part.
        film = cast(Any, container)
        video = film.add_stream("libx264", rate=FPS, options=OPTIONS)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = film.add_stream("aac", rate=RATE_HZ, layout="mono")
        audio.bit_rate = SOUND_BITS_S
        each = RATE_HZ // FPS
        for number in range(len(sound) // each):
            now = [picture for from_ms, picture in states if from_ms <= number * 1000 // FPS][-1]
            frame = av.VideoFrame.from_ndarray(_alive(now, number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            film.mux(video.encode(frame))
            some = sound[np.newaxis, number * each : (number + 1) * each]
            block = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(some), format="fltp", layout="mono"
            )
            block.sample_rate = RATE_HZ
            block.pts, block.time_base = number * each, Fraction(1, RATE_HZ)
            film.mux(audio.encode(block))
        film.mux(video.encode(None))
        film.mux(audio.encode(None))


def _alive(picture: Picture, number: int) -> Picture:
    """The picture with a blinking caret at its lower left, and the pointer on its way."""
    changed = picture.copy()
    height, width, _ = changed.shape
    if number % FPS < FPS // 2:
        changed[height - 40 : height - 40 + CARET_PX[1], 8 : 8 + CARET_PX[0]] = 128
    place = _pointer(number / FPS, width, height)
    cv2.fillPoly(changed, [ARROW + place], (255, 255, 255))
    cv2.polylines(changed, [ARROW + place], isClosed=True, color=(0, 0, 0))
    return changed


def _pointer(at_s: float, width: int, height: int) -> NDArray[np.int32]:
    """Along the margin at the right, where no text is covered."""
    leg, into = divmod(at_s, WAY_S)
    share = min(1.0, 2 * into / WAY_S)
    stops = [np.random.default_rng(int(leg) + each).random() for each in (0, 1)]
    y = (stops[0] + (stops[1] - stops[0]) * share) * 0.8 + 0.1
    return np.array([width - 18, int(y * height)], np.int32)
