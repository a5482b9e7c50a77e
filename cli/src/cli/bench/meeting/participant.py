"""Somebody in a LiveKit room, played by a program: speaks, listens, shows a screen, writes.

async with in_room(ticket.livekit_url, ticket.token) as person:
    ended_at = await person.say(samples)
    await person.write("And what does it cost?")
    person.heard(since=ended_at)  # what the agents said since then
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, cast

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

from cli.bench.meeting.encoded_screen import Clip, play

Samples = NDArray[np.int16]
Rgb = NDArray[np.uint8]
On = Callable[[str, Callable[..., None]], None]
Paint = Callable[[int], Rgb | rtc.VideoFrame]
"""The nth picture of a screen; the same object again means that nothing has changed."""

JOIN_TIMEOUT_S: Final = 15.0
LEAVE_TIMEOUT_S: Final = 10.0
LOOK_EVERY_S: Final = 0.02
SPEAKING_HZ: Final = 24_000
HEARING_HZ: Final = 16_000
FRAME_MS: Final = 20
AHEAD_MS: Final = 40
"""Of sound that waits to be sent."""
KEPT_FRAMES: Final = 30 * 60 * 1000 // FRAME_MS
LOUD: Final = 330
"""Root mean square of a frame of speech, of 32768; a silent agent's line is far below."""
CHAT: Final = "lk.chat"
TRANSCRIPTION: Final = "lk.transcription"
AGENT: Final = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


@dataclass
class Text:
    """A text stream from the room; it grows until it is `done`, or its sender is gone.

    Attributes:
        sender: identity; a transcription comes as from the person whose words it is.
        at: when it began.
        final: False for a transcription that another one will replace.
    """

    topic: str
    sender: str
    at: float
    text: str = ""
    done: bool = False
    final: bool = False


@dataclass(frozen=True)
class Sound:
    """One frame of an agent's voice, at HEARING_HZ."""

    at: float
    agent: str
    samples: Samples

    @property
    def loud(self) -> bool:
        return bool(np.sqrt(np.mean(self.samples.astype(np.float32) ** 2)) > LOUD)


class Person:
    """See `in_room`. Times are those of time.monotonic."""

    def __init__(self, room: rtc.Room, tasks: asyncio.TaskGroup, *, listens: bool) -> None:
        self.room, self._listens = room, listens
        self.texts: list[Text] = []
        self.sounds: deque[Sound] = deque(maxlen=KEPT_FRAMES)
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._microphone: rtc.AudioSource | None = None
        self._hushed = False
        self._screen: rtc.LocalTrackPublication | None = None
        self._painting: asyncio.Task[None] | None = None
        on = cast(On, cast(Any, room).on)  # its result is untyped
        on("track_subscribed", self._on_track)
        on("track_unsubscribed", self._on_no_track)
        for topic in (CHAT, TRANSCRIPTION):
            room.register_text_stream_handler(topic, self._on_text)

    @property
    def identity(self) -> str:
        return self.room.local_participant.identity

    @property
    def agents(self) -> list[str]:
        """Identities of the agents that are in the room, as this person sees it."""
        people = self.room.remote_participants.values()
        return sorted(one.identity for one in people if one.kind == AGENT)

    async def agent_comes(self, *, timeout_s: float) -> str:
        """Wait for an agent; its identity.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(timeout_s):
            while True:
                if agents := self.agents:
                    return agents[0]
                await asyncio.sleep(LOOK_EVERY_S)

    async def say(self, samples: Samples) -> float:
        """Speak into the microphone, at the pace of speech; returns when the last sample went.

        Args:
            samples: mono, at SPEAKING_HZ. Between utterances the microphone stays on, silent.

        Returns:
            When that was.
        """
        await self.turn_on_microphone()
        assert self._microphone is not None
        size = SPEAKING_HZ * FRAME_MS // 1000
        self._hushed = False
        for frame in np.pad(samples, (0, -len(samples) % size)).reshape(-1, size):
            if self._hushed:
                break
            await self._microphone.capture_frame(
                rtc.AudioFrame(frame.tobytes(), SPEAKING_HZ, 1, size)
            )
        await self._microphone.wait_for_playout()
        return time.monotonic()

    def stop_saying(self) -> None:
        """Fall silent in the middle of it."""
        self._hushed = True

    async def turn_on_microphone(self) -> None:
        if self._microphone is not None:
            return
        # It sends silence by itself while nothing is said.
        self._microphone = rtc.AudioSource(SPEAKING_HZ, 1, queue_size_ms=AHEAD_MS)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self._microphone)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)

    async def share(self, paint: Paint, *, fps: int = 10) -> None:
        """Share a screen; a new call shows something else on the same share.

        Args:
            paint: gives the pictures, all of the size of the first.
            fps: pictures a second.
        """
        await self._stop_painting()
        first = frame_of(paint(0))
        source = rtc.VideoSource(first.width, first.height, is_screencast=True)
        await self._publish_screen(source, rtc.TrackPublishOptions(), fps)
        self._painting = self._run(_show(source, paint, fps))

    async def show(self, clips: Iterator[Clip], *, fps: int = 10) -> None:
        """Share a screen that is encoded already: one clip after the other, all of one size."""
        await self._stop_painting()
        first = next(clips)
        source = rtc.EncodedVideoSource(first.width, first.height)
        options = rtc.TrackPublishOptions(
            video_encoder=rtc.VideoEncoderBackend.ENCODER_BACKEND_PRE_ENCODED
        )
        await self._publish_screen(source, options, fps)
        self._painting = self._run(play(source, chain([first], clips), fps=fps))

    async def _publish_screen(
        self,
        source: rtc.VideoSource | rtc.EncodedVideoSource,
        options: rtc.TrackPublishOptions,
        fps: int,
    ) -> None:
        track = rtc.LocalVideoTrack.create_video_track("screen", source)
        options.source = rtc.TrackSource.SOURCE_SCREENSHARE
        options.video_codec, options.simulcast = rtc.VideoCodec.VP8, False
        encoding = rtc.VideoEncoding(max_bitrate=2_500_000, max_framerate=fps)
        options.video_encoding.CopyFrom(encoding)
        self._screen = await self.room.local_participant.publish_track(track, options)

    async def stop_sharing(self) -> None:
        await self._stop_painting()

    async def write(self, text: str) -> str:
        """Write into the chat; returns the message's id."""
        info = await self.room.local_participant.send_text(text, topic=CHAT)
        self.texts.append(Text(CHAT, self.identity, time.monotonic(), text, done=True, final=True))
        return info.stream_id

    def chat(self, *, since: float = 0.0) -> list[Text]:
        """What agents wrote into the chat, in order."""
        written = [one for one in self.texts if one.topic == CHAT]
        return [one for one in written if one.sender != self.identity and one.at >= since]

    def told(self, identity: str, *, since: float = 0.0) -> list[Text]:
        """Transcripts of somebody's words, as the room was told of them, in order."""
        told = [one for one in self.texts if one.topic == TRANSCRIPTION and one.at >= since]
        return [one for one in told if one.sender == identity]

    def transcripts(self, identity: str, *, since: float = 0.0) -> list[str]:
        """Those of people's words that stand."""
        told = self.told(identity, since=since)
        return [one.text for one in told if one.final and one.done]

    def heard(self, *, since: float, until: float = float("inf")) -> Samples:
        """Every agent's sound in that time, one after another, at HEARING_HZ."""
        frames = [one.samples for one in self.sounds if since <= one.at < until]
        return np.concatenate(frames) if frames else np.zeros(0, np.int16)

    def loud_times(self, *, since: float = 0.0) -> list[float]:
        """When an agent was heard speaking."""
        return [one.at for one in self.sounds if one.at >= since and one.loud]

    def quiet_for(self) -> float:
        """Seconds since an agent was last heard speaking; infinite when none ever was."""
        last = next((one.at for one in reversed(self.sounds) if one.loud), None)
        return float("inf") if last is None else time.monotonic() - last

    async def leave(self) -> None:
        """Leave the room, and end what runs for it."""
        await self._stop_painting()
        self._end_running()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.room.disconnect(), LEAVE_TIMEOUT_S)
        self._end_running()  # what began meanwhile: a text that came, and never ends now

    def _end_running(self) -> None:
        for task in tuple(self._running):
            task.cancel()

    def _run(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _stop_painting(self) -> None:
        if self._painting is not None:
            self._painting.cancel()
            self._painting = None
        if self._screen is not None:
            screen, self._screen = self._screen, None
            with suppress(Exception):  # the room may be gone
                await self.room.local_participant.unpublish_track(screen.sid)

    def _on_track(
        self, track: rtc.Track, _: rtc.RemoteTrackPublication, owner: rtc.RemoteParticipant
    ) -> None:
        is_voice = track.kind == rtc.TrackKind.KIND_AUDIO and owner.kind == AGENT
        if is_voice and self._listens:
            self._listening[track.sid] = self._run(self._listen(track, owner.identity))

    def _on_no_track(self, track: rtc.Track, *_: object) -> None:
        if (task := self._listening.pop(track.sid, None)) is not None:
            task.cancel()

    async def _listen(self, track: rtc.Track, agent: str) -> None:
        stream = rtc.AudioStream(
            track, sample_rate=HEARING_HZ, num_channels=1, frame_size_ms=FRAME_MS, capacity=100
        )
        async for event in stream:
            samples = np.frombuffer(event.frame.data, np.int16).copy()
            self.sounds.append(Sound(time.monotonic(), agent, samples))

    def _on_text(self, reader: rtc.TextStreamReader, sender: str) -> None:
        info = reader.info
        attributes = info.attributes or {}
        final = attributes.get("lk.transcription_final", "true") == "true"
        text = Text(info.topic, sender, time.monotonic(), final=final)
        self.texts.append(text)
        self._run(_read(reader, text))


async def _read(reader: rtc.TextStreamReader, text: Text) -> None:
    with suppress(ConnectionError):  # who sent it is gone in the middle of it
        async for piece in reader:
            text.text += piece
        text.done = True


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


@asynccontextmanager
async def in_room(url: str, token: str, *, listens: bool = True) -> AsyncGenerator[Person]:
    """A person in a room until the block ends.

    Args:
        url: of the LiveKit server.
        token: of LiveKit, that lets this person in.
        listens: keep what agents say; else it is received, and lost.

    Raises:
        rtc.ConnectError: the server does not let them in.
        TimeoutError: it does not answer.
    """
    failed: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        room = rtc.Room()
        person = Person(room, tasks, listens=listens)
        try:
            await asyncio.wait_for(room.connect(url, token), JOIN_TIMEOUT_S)
            yield person
        except Exception as error:  # noqa: BLE001 -- raised below, not wrapped in a group
            failed = error
        finally:
            await person.leave()
    if failed is not None:
        raise failed
