"""The screens shared in a LiveKit room, as frames: the newest share is the one that is watched."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any, Final, cast

import numpy as np
from livekit import rtc

from media_agent.domain.gate.frames import Frame, Plane

CLOSE_TIMEOUT_S: Final = 2.0
QUARTERS: Final[dict[int, int]] = {
    rtc.VideoRotation.VIDEO_ROTATION_90: 3,
    rtc.VideoRotation.VIDEO_ROTATION_180: 2,
    rtc.VideoRotation.VIDEO_ROTATION_270: 1,
}
"""Clockwise rotation that is needed -> quarters counter-clockwise, as numpy turns."""
EVENTS: Final = (
    "track_published",
    "track_unpublished",
    "track_subscribed",
    "track_unsubscribed",
    "track_muted",
    "track_unmuted",
    "participant_disconnected",
    "reconnected",
)
"""Each may change which screen is to be watched; which one it is, is read from the room."""

Watch = Callable[[AsyncIterator[Frame], str], Awaitable[None]]
"""Takes a screen's frames and its sharer's identity; ended by the frames, or cancelled."""


class ScreenShares:
    """Follows the shares of a room.

    The room is subscribed to everything; while nobody is to see them, shares are unsubscribed.
    """

    def __init__(self, room: rtc.Room, now_ms: Callable[[], int], *, seeing: bool = True) -> None:
        # The annotations of the room's events are partial: cast once.
        self._room, self._now_ms = cast("Any", room), now_ms
        self._seeing = seeing
        self._changed = asyncio.Event()
        self._last_number = 0
        self._share_numbers: dict[str, int] = {}
        self._declined: set[str] = set()
        self._watched: tuple[rtc.RemoteVideoTrack, asyncio.Task[None]] | None = None

    def see(self, seeing: bool) -> None:
        """Look, or look away: then nobody sends the agent a screen any more."""
        self._seeing = seeing
        self._changed.set()

    async def run(self, watch: Watch) -> None:
        """Give `watch` the newest screen, and again when that is another one; until cancelled."""
        for event in EVENTS:
            self._room.on(event, self._on_event)
        self._changed.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await self._changed.wait()
                    self._changed.clear()
                    await self._switch(tasks, watch)
        finally:
            for event in EVENTS:
                self._room.off(event, self._on_event)

    def _on_event(self, *_: object) -> None:
        self._changed.set()

    async def _switch(self, tasks: asyncio.TaskGroup, watch: Watch) -> None:
        """To the screen that is to be watched now."""
        newest = self._newest()
        track = None if newest is None else newest[0]
        if self._watched is not None and self._watched[0] is not track:
            # Not by its sid: a track that is subscribed again is another one of the same sid.
            task = self._watched[1]
            task.cancel()
            await asyncio.wait([task], timeout=CLOSE_TIMEOUT_S)
            self._watched = None
        if newest is not None and self._watched is None:
            track, sharer = newest
            self._watched = (track, tasks.create_task(self._watch_track(track, sharer, watch)))

    def _newest(self) -> tuple[rtc.RemoteVideoTrack, str] | None:
        """The track shared last of those that show something, and its sharer."""
        shown: dict[str, tuple[rtc.RemoteVideoTrack, str]] = {}
        for sharer in self._room.remote_participants.values():
            for publication in sharer.track_publications.values():
                if publication.source != rtc.TrackSource.SOURCE_SCREENSHARE:
                    continue
                self._subscribe(publication)
                if self._seeing and publication.track is not None and not publication.muted:
                    shown[publication.sid] = (publication.track, sharer.identity)
        for sid in shown:
            if sid not in self._share_numbers:
                self._last_number += 1
                self._share_numbers[sid] = self._last_number
        self._share_numbers = {sid: self._share_numbers[sid] for sid in shown}
        newest = max(shown, key=lambda sid: self._share_numbers[sid], default=None)
        return None if newest is None else shown[newest]

    def _subscribe(self, publication: rtc.RemoteTrackPublication) -> None:
        """The server subscribes by itself; only what was declined is to be asked for."""
        if not self._seeing and publication.subscribed:
            publication.set_subscribed(False)
            self._declined.add(publication.sid)
        elif self._seeing and publication.sid in self._declined:
            publication.set_subscribed(True)
            self._declined.discard(publication.sid)

    async def _watch_track(self, track: rtc.RemoteVideoTrack, sharer: str, watch: Watch) -> None:
        async with aclosing(self._frames(track)) as frames:
            await watch(frames, sharer)

    async def _frames(self, track: rtc.RemoteVideoTrack) -> AsyncGenerator[Frame]:
        """Whatever comes, the newest only where the reader is slower; a still screen is silent.

        The stream does not say that it ended: whoever reads is to be cancelled.
        """
        stream = rtc.VideoStream(track, capacity=1, format=rtc.VideoBufferType.I420)
        try:
            async for event in stream:
                yield frame_from_webrtc(event, self._now_ms())
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await stream.aclose()


def frame_from_webrtc(event: rtc.VideoFrameEvent, t_ms: int) -> Frame:
    """Planes of an I420 picture without a copy, upright; WebRTC's luma is of limited range."""
    width, height = event.frame.width, event.frame.height
    half = (height + 1) // 2, (width + 1) // 2
    whole = np.frombuffer(event.frame.data, np.uint8)
    colour_at, size = height * width, half[0] * half[1]
    planes: tuple[Plane, ...] = (
        whole[:colour_at].reshape(height, width),
        whole[colour_at : colour_at + size].reshape(half),
        whole[colour_at + size : colour_at + 2 * size].reshape(half),
    )
    if quarters := QUARTERS.get(cast("int", event.rotation)):
        planes = tuple(np.ascontiguousarray(np.rot90(plane, quarters)) for plane in planes)
    y, u, v = planes
    return Frame(t_ms, y, u, v, full_range=False)
