"""Recordings made by a test: real files, with pictures and sound."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray

from support.media.screens import Rgb

Samples = NDArray[np.int16]


def write_recording(
    path: Path,
    pictures: Sequence[tuple[int, Rgb]] = (),
    sound: Samples | None = None,
    *,
    fps: int = 10,
    rate_hz: int = 24_000,
    faststart: bool = False,
) -> Path:
    """H.264 and AAC in the container that the name asks for; times in milliseconds."""
    options = {"movflags": "faststart"} if faststart else {}
    # PyAV's annotations of packets and streams are partial: cast once.
    with cast(Any, av.open(str(path), "w", options=options)) as container:
        video, audio = None, None
        if pictures:
            height, width = pictures[0][1].shape[:2]
            video = container.add_stream("libx264", rate=fps)
            video.width, video.height, video.pix_fmt = width, height, "yuv420p"
            video.codec_context.time_base = Fraction(1, 1000)
            video.options = {"preset": "veryfast", "tune": "zerolatency", "g": "50"}
        if sound is not None:
            name = "pcm_s16le" if path.suffix == ".wav" else "aac"
            audio = container.add_stream(name, rate=rate_hz)
            audio.layout = "mono"
        if video is not None:
            for t_ms, picture in pictures:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = t_ms, Fraction(1, 1000)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        if audio is not None and sound is not None:
            _mux_sound(container, audio, sound, rate_hz)
    return path


def _mux_sound(container: Any, stream: Any, sound: Samples, rate_hz: int) -> None:
    for start in range(0, len(sound), 1024):
        block = sound[start : start + 1024].reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate_hz, start
        frame.time_base = Fraction(1, rate_hz)
        resampled = [frame]
        if stream.codec_context.format.name != "s16":
            resampler = av.AudioResampler(stream.codec_context.format.name, "mono", rate_hz)
            resampled = resampler.resample(frame)
        for one in resampled:
            container.mux(stream.encode(one))
    container.mux(stream.encode(None))
