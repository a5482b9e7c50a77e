"""Somebody in a LiveKit room, played by a program: speaks, listens, shows a screen, writes.

async with in_room(ticket.livekit_url, ticket.token) as person:
    ended_at = await person.say(samples)
    await person.write("And what does it cost?")
    person.heard(since=ended_at)  # what the agents said since then
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, cast

import numpy as np
from livekit import rtc

from cli.bench.meeting.encoded_screen import Clip
from cli.bench.meeting.microphone import FRAME_MS, Microphone
from cli.bench.meeting.received import (
    CHAT,
    HEARING_HZ,
    TRANSCRIPTION,
    ReceivedAudio,
    ReceivedText,
    Samples,
)
from cli.bench.meeting.screen_share import Paint, ScreenShare

On = Callable[[str, Callable[..., None]], None]

JOIN_TIMEOUT_S: Final = 15.0
LEAVE_TIMEOUT_S: Final = 10.0
LOOK_EVERY_S: Final = 0.02
KEPT_FRAMES: Final = 30 * 60 * 1000 // FRAME_MS
AGENT: Final = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


class Participant:
    """See `in_room`. Times are those of time.monotonic."""

    def __init__(self, room: rtc.Room, tasks: asyncio.TaskGroup, *, listens: bool) -> None:
        self.room, self._listens = room, listens
        self.texts: list[ReceivedText] = []
        self.sounds: deque[ReceivedAudio] = deque(maxlen=KEPT_FRAMES)
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._microphone = Microphone(room)
        self._screen = ScreenShare(room, self._run)
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
        """Speak into the microphone, at the pace of speech.

        Args:
            samples: mono, at SPEAKING_HZ. Between utterances the microphone stays on, silent.

        Returns:
            When the last sample went.
        """
        return await self._microphone.say(samples)

    async def turn_on_microphone(self) -> None:
        await self._microphone.turn_on()

    async def share(self, paint: Paint, *, fps: int = 10) -> None:
        """Share a screen; a new call shows something else on the same share.

        Args:
            paint: gives the pictures, all of the size of the first.
            fps: pictures a second.
        """
        await self._screen.paint(paint, fps=fps)

    async def show(self, clips: Iterator[Clip], *, fps: int = 10) -> None:
        """Share a screen that is encoded already: one clip after the other, all of one size."""
        await self._screen.play(clips, fps=fps)

    async def stop_sharing(self) -> None:
        await self._screen.stop()

    async def write(self, text: str) -> str:
        """Write into the chat; returns the message's id."""
        info = await self.room.local_participant.send_text(text, topic=CHAT)
        self.texts.append(
            ReceivedText(CHAT, self.identity, time.monotonic(), text, done=True, final=True)
        )
        return info.stream_id

    def chat(self, *, since: float = 0.0) -> list[ReceivedText]:
        """What agents wrote into the chat, in order."""
        written = [one for one in self.texts if one.topic == CHAT]
        return [one for one in written if one.sender != self.identity and one.at >= since]

    def transcriptions(self, identity: str, *, since: float = 0.0) -> list[ReceivedText]:
        """Of somebody's words, as the room received them, in order; interim ones too."""
        received = [one for one in self.texts if one.topic == TRANSCRIPTION and one.at >= since]
        return [one for one in received if one.sender == identity]

    def transcripts(self, identity: str, *, since: float = 0.0) -> list[str]:
        """The text of the final ones."""
        received = self.transcriptions(identity, since=since)
        return [one.text for one in received if one.final and one.done]

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
        await self._screen.stop()
        self._listens = False  # a track that comes while it leaves is gone before it can be heard
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
            self.sounds.append(ReceivedAudio(time.monotonic(), agent, samples))

    def _on_text(self, reader: rtc.TextStreamReader, sender: str) -> None:
        info = reader.info
        attributes = info.attributes or {}
        final = attributes.get("lk.transcription_final", "true") == "true"
        text = ReceivedText(info.topic, sender, time.monotonic(), final=final)
        self.texts.append(text)
        self._run(_read(reader, text))


async def _read(reader: rtc.TextStreamReader, text: ReceivedText) -> None:
    with suppress(ConnectionError):  # who sent it is gone in the middle of it
        async for piece in reader:
            text.text += piece
        text.done = True


@asynccontextmanager
async def in_room(url: str, token: str, *, listens: bool = True) -> AsyncGenerator[Participant]:
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
        person = Participant(room, tasks, listens=listens)
        try:
            await asyncio.wait_for(room.connect(url, token), JOIN_TIMEOUT_S)
            yield person
        except Exception as error:  # noqa: BLE001 - raised below, not wrapped in a group
            failed = error
        finally:
            await person.leave()
    if failed is not None:
        raise failed
