"""Containers made packet by packet: several sound tracks, gaps, late starts, any layout."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray

from support.media.screens import Rgb

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Track:
    """A sound track.

    Attributes:
        parts: (begins at, sound) in order; between them nothing is written. Sound has the shape
            (samples,) for mono, or (channels, samples), in [-1, 1].
        layout: as FFmpeg names it.
        codec: of FFmpeg; one that takes 16-bit samples or floats.
    """

    parts: Sequence[tuple[float, Floats]]
    rate_hz: int = 24_000
    layout: str = "mono"
    codec: str = "aac"
    metadata: dict[str, str] = field(default_factory=dict[str, str])


def write_container(
    target: Path | BytesIO,
    tracks: Sequence[Track] = (),
    pictures: Sequence[tuple[int, Rgb]] = (),
    *,
    form: str | None = None,
    options: dict[str, str] | None = None,
) -> None:
    """Write it; `pictures` are (milliseconds, picture)."""
    file = str(target) if isinstance(target, Path) else target
    # PyAV's annotations of packets and streams are partial: cast once.
    with cast(Any, av.open(file, "w", format=form, options=options or {})) as container:
        video = container.add_stream("libx264", rate=10) if pictures else None
        if video is not None:
            video.height, video.width = pictures[0][1].shape[:2]
            video.pix_fmt = "yuv420p"
            video.codec_context.time_base = Fraction(1, 1000)
            video.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "10"}
        streams = [_sound_stream(container, track) for track in tracks]
        packets: list[Any] = []
        if video is not None:
            for t_ms, picture in pictures:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = t_ms, Fraction(1, 1000)
                packets += video.encode(frame)
            packets += video.encode(None)
        for stream, track in zip(streams, tracks, strict=True):
            packets += _encoded(stream, track)
        for packet in sorted(packets, key=lambda one: (one.dts or 0) * one.time_base):
            container.mux(packet)


def _sound_stream(container: Any, track: Track) -> Any:
    stream = container.add_stream(track.codec, rate=track.rate_hz, layout=track.layout)
    stream.metadata.update(track.metadata)
    return stream


def _encoded(stream: Any, track: Track) -> list[Any]:
    packets: list[Any] = []
    resampler = av.AudioResampler(stream.codec_context.format.name, track.layout, track.rate_hz)
    size = 1024
    for begins_s, sound in track.parts:
        channels = np.atleast_2d(sound).astype(np.float32)
        first = round(begins_s * track.rate_hz)
        for at in range(0, channels.shape[1] - size + 1, size):
            block = np.ascontiguousarray(channels[:, at : at + size])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=track.layout)
            frame.sample_rate, frame.pts = track.rate_hz, first + at
            frame.time_base = Fraction(1, track.rate_hz)
            for one in resampler.resample(frame):
                packets += stream.encode(one)
    packets += stream.encode(None)
    return packets
