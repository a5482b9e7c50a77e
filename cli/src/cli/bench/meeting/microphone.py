"""A participant's microphone: speech at the pace of speech, and silence between."""

import time
from typing import Final

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

SPEAKING_HZ: Final = 24_000
FRAME_MS: Final = 20
AHEAD_MS: Final = 40
"""Of sound that waits to be sent."""


class Microphone:
    """Off until `turn_on`; then it sends silence by itself while nothing is said."""

    def __init__(self, room: rtc.Room) -> None:
        self._room = room
        self._source: rtc.AudioSource | None = None

    async def turn_on(self) -> rtc.AudioSource:
        if self._source is not None:
            return self._source
        self._source = rtc.AudioSource(SPEAKING_HZ, 1, queue_size_ms=AHEAD_MS)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self._room.local_participant.publish_track(track, options)
        return self._source

    async def say(self, samples: NDArray[np.int16]) -> float:
        """See `Participant.say`."""
        source = await self.turn_on()
        size = SPEAKING_HZ * FRAME_MS // 1000
        for frame in np.pad(samples, (0, -len(samples) % size)).reshape(-1, size):
            await source.capture_frame(rtc.AudioFrame(frame.tobytes(), SPEAKING_HZ, 1, size))
        await source.wait_for_playout()
        return time.monotonic()
