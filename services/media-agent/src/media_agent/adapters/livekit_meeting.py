"""The agent's place in a LiveKit room: who is there, who is heard, the chat."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Protocol, cast

from livekit import rtc

from contracts.conversation import MAX_QUESTION_CHARS
from contracts.errors import UnavailableError
from contracts.ids import TurnId
from media_agent.domain.conversation.people import Person
from media_agent.ports.room import ChatLine, RoomEvents, SpeechHandle

log = logging.getLogger(__name__)

CHAT_TOPIC: Final = "lk.chat"
TURN_ATTRIBUTE: Final = "parley.turn_id"
"""On a chat message of ours: the turn that it answers."""
HUMAN: Final = (
    rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD,
    rtc.ParticipantKind.PARTICIPANT_KIND_SIP,
)
CLOSED: Final = (rtc.DisconnectReason.ROOM_DELETED, rtc.DisconnectReason.ROOM_CLOSED)
CONNECT_TIMEOUT_S: Final = 15.0
READ_TIMEOUT_S: Final = 10.0
LISTEN_AGAIN_S: Final = 1.0
LEAVE_TIMEOUT_S: Final = 5.0
# After a server's restart a track may stay without sound; asked at once, the server does not hear.
HEAL_AFTER_S: Final = 1.5
HEAL_PAUSE_S: Final = 0.4
HEAL_TIMES: Final = 3


class TextToSpeech(Protocol):
    closed: asyncio.Event

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    def say(self, words: str | AsyncIterator[str]) -> SpeechHandle: ...
    def hold(self) -> None: ...
    def release(self) -> None: ...


class SpeechToText(Protocol):
    closed: asyncio.Event

    async def open(self) -> None: ...
    async def close(self) -> None: ...


OpenEar = Callable[[Person, RoomEvents], SpeechToText]


class LiveKitRoom:
    """Implements ports.LiveRoom while `attended`."""

    def __init__(
        self,
        room: rtc.Room,
        *,
        connect: Callable[[], Awaitable[None]],
        new_ear: OpenEar,
        new_voice: Callable[[], TextToSpeech],
        see: Callable[[bool], None],
    ) -> None:
        """Bind.

        Args:
            room: not connected yet.
            connect: joins it.
            new_ear: of one person; opened and closed here.
            new_voice: of the agent; likewise.
            see: look at shared screens, or do not.
        """
        self._room, self._connect, self._see = room, connect, see
        self._new_ear, self._new_voice = new_ear, new_voice
        self._voice = new_voice()
        self._ears: dict[str, asyncio.Task[None]] = {}
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
        return self._voice.say(words)

    def hold(self) -> None:
        self._voice.hold()

    def release(self) -> None:
        self._voice.release()

    async def write(self, turn_id: TurnId | None = None) -> ChatLine:
        attributes = {} if turn_id is None else {TURN_ATTRIBUTE: str(turn_id)}
        try:
            writer = await self._room.local_participant.stream_text(
                topic=CHAT_TOPIC, attributes=attributes
            )
        except Exception as error:  # livekit raises whatever its other half tells
            raise UnavailableError("the room does not take a message") from error
        return _ChatLine(writer)

    def look(self, *, at_screens: bool) -> None:
        self._looks = at_screens
        self._see(at_screens)

    @asynccontextmanager
    async def attended(self, events: RoomEvents) -> AsyncGenerator[None]:
        """Join, and tell what happens; at the end the ears and the voice are closed.

        Raises:
            TimeoutError: the room's server does not answer.
        """
        async with self._tasks:
            self._watch(events)
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._connect()
            background = [self._tasks.create_task(self._speak_always())]
            for one in list(self._room.remote_participants.values()):
                self._arrived(events, one)
            try:
                yield
            finally:
                leaving = [*background, *self._ears.values()]
                for task in leaving:
                    task.cancel()
                await asyncio.wait(leaving, timeout=LEAVE_TIMEOUT_S)

    def _watch(self, events: RoomEvents) -> None:
        # The annotations of the room's events are partial: cast once.
        room = cast("Any", self._room)
        room.on("participant_connected", partial(self._arrived, events))
        room.on("participant_disconnected", partial(self._departed, events))
        room.on("reconnected", lambda: self._do(self._heal()))
        room.on("disconnected", self._disconnected)
        room.on("track_published", _ignore_cameras)

        def on_chat(reader: rtc.TextStreamReader, identity: str) -> None:
            self._do(self._read(reader, identity, events))

        room.register_text_stream_handler(CHAT_TOPIC, on_chat)

    def _do(self, work: Any) -> None:
        self._tasks.create_task(_guarded(work))

    def _disconnected(self, reason: Any = None) -> None:
        self._is_over = self._is_over or reason in CLOSED

    def _arrived(self, events: RoomEvents, one: rtc.RemoteParticipant) -> None:
        if not _is_human(one):
            return
        for track in one.track_publications.values():
            _ignore_cameras(track)
        person = _person(one)
        before = self._ears.get(person.identity)
        if before is not None:  # a server that comes back tells of everybody again
            before.cancel()
        self._ears[person.identity] = self._tasks.create_task(
            _guarded(self._keep_open(lambda: self._new_ear(person, events)))
        )
        events.joined(person)

    def _departed(self, events: RoomEvents, one: rtc.RemoteParticipant) -> None:
        if not _is_human(one):
            return
        if (ear := self._ears.pop(one.identity, None)) is not None:
            ear.cancel()
        events.left(_person(one))

    async def _speak_always(self) -> None:
        def next_voice() -> TextToSpeech:
            if self._voice.closed.is_set():
                self._voice = self._new_voice()
            return self._voice

        await self._keep_open(next_voice)

    async def _keep_open(self, new: Callable[[], SpeechToText | TextToSpeech]) -> None:
        """Open one, and another one when it closes by itself; until cancelled."""
        while True:
            if self.is_connected:  # else perhaps for good: the job is being ended
                await _lived(new())
            await asyncio.sleep(LISTEN_AGAIN_S)

    async def _read(self, reader: rtc.TextStreamReader, identity: str, events: RoomEvents) -> None:
        one = self._room.remote_participants.get(identity)
        if one is None or not _is_human(one):
            reader.close()
            return
        text: str | None = ""
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for chunk in reader:
                # Read to its end even if it is too long: else LiveKit keeps what comes.
                text = None if text is None or len(text) > MAX_QUESTION_CHARS else text + chunk
        events.wrote(_person(one), reader.info.stream_id, text)

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


class _ChatLine:
    def __init__(self, writer: rtc.TextStreamWriter) -> None:
        self._writer = writer

    async def write(self, text: str) -> None:
        await _sent(self._writer.write(text))

    async def close(self) -> None:
        await _sent(self._writer.aclose())


async def _sent(sending: Awaitable[object]) -> None:
    try:
        await sending
    except Exception as error:
        raise UnavailableError("the room does not take a message") from error


async def _lived(session: SpeechToText | TextToSpeech) -> None:
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
    except Exception as error:  # noqa: BLE001 - told, and without content
        log.error("meeting.broke", extra={"error_type": type(error).__name__})  # noqa: TRY400


def _is_human(one: rtc.RemoteParticipant) -> bool:
    return one.kind in HUMAN


def _person(one: rtc.RemoteParticipant) -> Person:
    return Person(one.identity, one.name or one.identity)


def _ignore_cameras(track: rtc.RemoteTrackPublication, *_: object) -> None:
    if track.source == rtc.TrackSource.SOURCE_CAMERA:
        track.set_subscribed(False)
