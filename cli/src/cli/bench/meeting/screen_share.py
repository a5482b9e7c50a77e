"""A participant's screen share: painted picture by picture, or a clip that is encoded already."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from itertools import chain

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

from cli.bench.meeting.encoded_screen import Clip, play

Rgb = NDArray[np.uint8]
Paint = Callable[[int], Rgb | rtc.VideoFrame]
"""The nth picture of a screen; the same object again means that nothing has changed."""
Run = Callable[[Coroutine[None, None, None]], asyncio.Task[None]]

MAX_BIT_RATE = 2_500_000


class ScreenShare:
    """One at a time; `run` starts the task that feeds it."""

    def __init__(self, room: rtc.Room, run: Run) -> None:
        self._room, self._run = room, run
        self._published: rtc.LocalTrackPublication | None = None
        self._feeding: asyncio.Task[None] | None = None

    async def paint(self, paint: Paint, *, fps: int) -> None:
        """See `Participant.share`."""
        await self.stop()
        first = frame_of(paint(0))
        source = rtc.VideoSource(first.width, first.height, is_screencast=True)
        await self._publish(source, rtc.TrackPublishOptions(), fps)
        self._feeding = self._run(_show(source, paint, fps))

    async def play(self, clips: Iterator[Clip], *, fps: int) -> None:
        """See `Participant.show`."""
        await self.stop()
        first = next(clips)
        source = rtc.EncodedVideoSource(first.width, first.height)
        options = rtc.TrackPublishOptions(
            video_encoder=rtc.VideoEncoderBackend.ENCODER_BACKEND_PRE_ENCODED
        )
        await self._publish(source, options, fps)
        self._feeding = self._run(play(source, chain([first], clips), fps=fps))

    async def stop(self) -> None:
        if self._feeding is not None:
            self._feeding.cancel()
            self._feeding = None
        if self._published is not None:
            published, self._published = self._published, None
            with suppress(Exception):  # the room may be gone
                await self._room.local_participant.unpublish_track(published.sid)

    async def _publish(
        self,
        source: rtc.VideoSource | rtc.EncodedVideoSource,
        options: rtc.TrackPublishOptions,
        fps: int,
    ) -> None:
        track = rtc.LocalVideoTrack.create_video_track("screen", source)
        options.source = rtc.TrackSource.SOURCE_SCREENSHARE
        options.video_codec, options.simulcast = rtc.VideoCodec.VP8, False
        encoding = rtc.VideoEncoding(max_bitrate=MAX_BIT_RATE, max_framerate=fps)
        options.video_encoding.CopyFrom(encoding)
        self._published = await self._room.local_participant.publish_track(track, options)


def frame_of(picture: Rgb | rtc.VideoFrame) -> rtc.VideoFrame:
    """As it is sent; to be kept when the same picture is shown often."""
    if isinstance(picture, rtc.VideoFrame):
        return picture
    height, width, _ = picture.shape
    opaque = np.full((height, width, 4), 255, np.uint8)
    opaque[..., :3] = picture
    whole = rtc.VideoFrame(width, height, rtc.VideoBufferType.RGBA, opaque.tobytes())
    return whole.convert(rtc.VideoBufferType.I420)


async def _show(source: rtc.VideoSource, paint: Paint, fps: int) -> None:
    began, number = time.monotonic(), 0
    shown: Rgb | rtc.VideoFrame | None = None
    frame: rtc.VideoFrame | None = None
    while True:
        picture = paint(number)
        if picture is not shown or frame is None:
            shown, frame = picture, frame_of(picture)
        source.capture_frame(frame)
        number += 1
        await asyncio.sleep(max(0.0, began + number / fps - time.monotonic()))
