"""A screen as a video that is encoded once and shown by many: the encoding costs none of them."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, cast

import av
import numpy as np
from livekit import rtc
from numpy.typing import NDArray

BIT_RATE: Final = 1_500_000
US: Final = 1_000_000


@dataclass(frozen=True)
class Clip:
    """Whole frames of VP8; only the first can be decoded by itself."""

    width: int
    height: int
    frames: Sequence[bytes]


def encoded(pictures: Sequence[NDArray[np.uint8]], *, count: int, fps: int) -> Clip:
    """Encode, as a browser does that shares a screen.

    Args:
        pictures: RGB, of one size; shown one after the other, and again from the first.
        count: of frames.
        fps: frames a second.
    """
    height, width = pictures[0].shape[:2]
    frames = [
        av.VideoFrame.from_ndarray(one, format="rgb24").reformat(format="yuv420p")
        for one in pictures
    ]
    # PyAV's annotations of codecs are partial: cast once.
    codec = cast("Any", av.CodecContext.create("libvpx", "w"))
    codec.time_base, codec.bit_rate, codec.thread_count = Fraction(1, fps), BIT_RATE, 1
    codec.pix_fmt, codec.gop_size = "yuv420p", 2**30
    codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    codec.width, codec.height = width, height
    packets: list[bytes] = []
    for number in range(count):
        frame = frames[number % len(frames)]
        frame.pts = number
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return Clip(width, height, packets)


async def play(source: rtc.EncodedVideoSource, clips: Iterable[Clip], *, fps: int) -> None:
    """Show one clip after the other; if a whole picture is asked for, from its start again."""
    began, shown = time.monotonic(), 0
    for clip in clips:
        at = 0
        for _ in clip.frames:
            if source.take_feedback().keyframe_requested:
                at = 0
            source.capture_frame(
                rtc.EncodedVideoFrame(
                    clip.frames[at],
                    clip.width,
                    clip.height,
                    rtc.VideoCodec.VP8,
                    cast("Any", rtc.EncodedFrameType).ENCODED_FRAME_DELTA
                    if at
                    else cast("Any", rtc.EncodedFrameType).ENCODED_FRAME_KEY,
                    round(time.monotonic() * US),
                )
            )
            at, shown = at + 1, shown + 1
            await asyncio.sleep(max(0.0, began + shown / fps - time.monotonic()))
