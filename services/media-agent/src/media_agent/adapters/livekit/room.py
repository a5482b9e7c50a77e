"""The agent's place in a LiveKit room: who is there, who is listened to, what is said."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, cast

from livekit import rtc

from contracts.ids import TurnId
from media_agent.adapters.livekit.chat import CHAT_TOPIC, open_chat_line, read_message
from media_agent.adapters.livekit.participant_listener import ParticipantListener
from media_agent.adapters.livekit.room_speaker import RoomSpeaker
from media_agent.domain.conversation.people import Person
from media_agent.ports.room import ChatLine, RoomEvents, SpeechHandle

log = logging.getLogger(__name__)

HUMAN: Final = (
    rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
    rtc.ParticipantKind.PARTICIPANT_KIND_SIP,
)
CLOSED: Final = (rtc.DisconnectReason.ROOM_DELETED, rtc.DisconnectReason.ROOM_CLOSED)
CONNECT_TIMEOUT_S: Final = 15.0
REOPEN_AFTER_S: Final = 1.0
LEAVE_TIMEOUT_S: Final = 5.0
# After a server's restart a track may stay without sound; asked at once, the server does not hear.
HEAL_AFTER_S: Final = 1.5
HEAL_PAUSE_S: Final = 0.4
HEAL_TIMES: Final = 3


NewListener = Callable[[Person, RoomEvents], ParticipantListener]


class LiveKitRoom:
    """Implements ports.LiveRoom while `attended`."""

    def __init__(
        self,
        room: rtc.Room,
        *,
        connect: Callable[[], Awaitable[None]],
        new_listener: NewListener,
        new_speaker: Callable[[], RoomSpeaker],
        see: Callable[[bool], None],
    ) -> None:
        """Bind.

        Args:
            room: not connected yet.
            connect: joins it.
            new_listener: to one person; opened and closed here.
            new_speaker: of the agent; likewise.
            see: look at shared screens, or do not.
        """
        self._room, self._connect, self._see = room, connect, see
        self._new_listener, self._new_speaker = new_listener, new_speaker
        self._speaker = new_speaker()
        self._listeners: dict[str, asyncio.Task[None]] = {}
        self._tasks = asyncio.TaskGroup()
        self._is_over = False
        self._looks = False

    @property
    def is_connected(self) -> bool:
        return self._room.connection_state == rtc.ConnectionState.CONN_CONNECTED

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def people(self) -> Sequence[Person]:
        return [_person(one) for one in self._room.remote_participants.values() if _is_human(one)]

    def say(self, words: str | AsyncIterator[str]) -> SpeechHandle:
        return self._speaker.say(words)

    def hold(self) -> None:
        self._speaker.hold()

    def release(self) -> None:
        self._speaker.release()

    async def write(self, turn_id: TurnId | None = None) -> ChatLine:
        return await open_chat_line(self._room, turn_id)

    def look(self, *, at_screens: bool) -> None:
        self._looks = at_screens
        self._see(at_screens)

    @asynccontextmanager
    async def attended(self, events: RoomEvents) -> AsyncGenerator[None]:
        """Join, and tell `events`; at the end listeners and speaker are closed.

        Raises:
            TimeoutError: the room's server does not answer.
        """
        async with self._tasks:
            self._watch(events)
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connect()
            background = [self._tasks.create_task(self._keep_speaking())]
            for one in list(self._room.remote_participants.values()):
                self._on_joined(events, one)
            try:
                yield
            finally:
                leaving = [*background, *self._listeners.values()]
                for task in leaving:
                    task.cancel()
                await asyncio.wait(leaving, timeout=LEAVE_TIMEOUT_S)

    def _watch(self, events: RoomEvents) -> None:
        # The annotations of the room's events are partial: cast once.
        room = cast("Any", self._room)
        room.on("participant_connected", partial(self._on_joined, events))
        room.on("participant_disconnected", partial(self._on_left, events))
        room.on("reconnected", lambda: self._do(self._heal()))
        room.on("disconnected", self._on_disconnected)
        room.on("track_published", _ignore_cameras)

        def on_chat(reader: rtc.TextStreamReader, identity: str) -> None:
            self._do(self._read(reader, identity, events))

        room.register_text_stream_handler(CHAT_TOPIC, on_chat)

    def _do(self, work: Any) -> None:
        self._tasks.create_task(_guarded(work))

    def _on_disconnected(self, reason: Any = None) -> None:
        self._is_over = self._is_over or reason in CLOSED

    def _on_joined(self, events: RoomEvents, one: rtc.RemoteParticipant) -> None:
        if not _is_human(one):
            return
        for track in one.track_publications.values():
            _ignore_cameras(track)
        person = _person(one)
        before = self._listeners.get(person.identity)
        if before is not None:  # a server that comes back tells of everybody again
            before.cancel()
        self._listeners[person.identity] = self._tasks.create_task(
            _guarded(self._keep_open(lambda: self._new_listener(person, events)))
        )
        events.joined(person)

    def _on_left(self, events: RoomEvents, one: rtc.RemoteParticipant) -> None:
        if not _is_human(one):
            return
        if (listener := self._listeners.pop(one.identity, None)) is not None:
            listener.cancel()
        events.left(_person(one))

    async def _keep_speaking(self) -> None:
        def next_speaker() -> RoomSpeaker:
            if self._speaker.closed.is_set():
                self._speaker = self._new_speaker()
            return self._speaker

        await self._keep_open(next_speaker)

    async def _keep_open(self, new: Callable[[], ParticipantListener | RoomSpeaker]) -> None:
        """Open one, and another one when it closes by itself; until cancelled."""
        while True:
            if self.is_connected:  # else perhaps for good: the job is being ended
                await _run(new())
            await asyncio.sleep(REOPEN_AFTER_S)

    async def _read(self, reader: rtc.TextStreamReader, identity: str, events: RoomEvents) -> None:
        one = self._room.remote_participants.get(identity)
        if one is None or not _is_human(one):
            reader.close()
            return
        events.wrote(_person(one), reader.info.stream_id, await read_message(reader))

    def _wants(self, track: rtc.RemoteTrackPublication) -> bool:
        is_screen = track.source == rtc.TrackSource.SOURCE_SCREENSHARE
        return track.kind == rtc.TrackKind.KIND_AUDIO or (is_screen and self._looks)

    async def _heal(self) -> None:
        """After a lost connection: what should be heard or seen, and is not, is asked for again."""
        for _ in range(HEAL_TIMES):
            await asyncio.sleep(HEAL_AFTER_S)
            missing = [
                track
                for one in self._room.remote_participants.values()
                for track in one.track_publications.values()
                if track.track is None and self._wants(track)
            ]
            for track in missing:
                log.info("meeting.subscribed_again")
                track.set_subscribed(False)
                await asyncio.sleep(HEAL_PAUSE_S)
                track.set_subscribed(True)


async def _run(session: ParticipantListener | RoomSpeaker) -> None:
    """From its opening to its close."""
    try:
        await session.open()
        await session.closed.wait()
        log.info("meeting.session_closed")
    except TimeoutError:
        log.warning("meeting.session_not_open")
    finally:
        await _guarded(session.close())


async def _guarded(work: Awaitable[None]) -> None:
    """What breaks in one corner of a room must not end the meeting."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - logged, without content
        log.error("meeting.broke", extra={"error_type": type(error).__name__})  # noqa: TRY400


def _is_human(one: rtc.RemoteParticipant) -> bool:
    return one.kind in HUMAN


def _person(one: rtc.RemoteParticipant) -> Person:
    return Person(one.identity, one.name or one.identity)


def _ignore_cameras(track: rtc.RemoteTrackPublication, *_: object) -> None:
    if track.source == rtc.TrackSource.SOURCE_CAMERA:
        track.set_subscribed(False)
