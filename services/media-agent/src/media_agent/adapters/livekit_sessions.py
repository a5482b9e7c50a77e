"""LiveKit's agent sessions in a room: one that hears a person, one that speaks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, NoReturn, cast

from livekit import rtc
from livekit.agents import (
    Agent,
    AgentSession,
    APIConnectOptions,
    StopResponse,
    llm,
    stt,
    tts,
    vad,
)
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions
from livekit.agents.voice.turn import TurnHandlingOptions

from media_agent.domain.conversation.people import LiveTranscript, Person
from media_agent.ports.room import Playout, RoomEvents, SpeechHandle

log = logging.getLogger(__name__)

# Fallback, and giving up, are the speech providers' own: a session that counts failures too closes.
PATIENT: Final = SessionConnectOptions(
    stt_conn_options=APIConnectOptions(max_retry=0),
    tts_conn_options=APIConnectOptions(max_retry=0),
    max_unrecoverable_errors=1_000_000,
)
MIN_PAUSE_S: Final = 0.5
MAX_PAUSE_S: Final = 2.5
START_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 8.0
TRANSCRIPT_TIMEOUT_S: Final = 1.0
SAY_TIMEOUT_S: Final = 180.0
EAR_RATE_HZ: Final = 16_000


class QuietSession(AgentSession[None]):
    """A session that records nothing, and keeps no event of a long meeting in memory."""

    async def open(self, agent: Agent, room: rtc.Room, options: RoomOptions) -> None:
        """Begin in a room.

        Raises:
            TimeoutError: the room does not let us.
        """
        async with asyncio.timeout(START_TIMEOUT_S):
            await cast("Any", self).start(
                agent, room=room, record=False, session_host=False, room_options=options
            )

    async def close(self) -> None:
        """Harmless twice."""
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await self.aclose()

    def emit(self, event: Any, arg: Any) -> None:
        # AgentSession.emit appends to a list that only grows, and calls this.
        rtc.EventEmitter[Any].emit(self, event, arg)


class _Listens(Agent):
    def __init__(self, completed: Callable[[llm.ChatMessage], None]) -> None:
        cast("Any", super()).__init__(instructions="")
        self._completed = completed

    async def on_user_turn_completed(  # the framework passes both by name
        self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage
    ) -> NoReturn:
        self._completed(new_message)
        raise StopResponse


class ParticipantListener:
    """Hears one person until closed."""

    def __init__(
        self,
        room: rtc.Room,
        person: Person,
        *,
        words: stt.STT[Any],
        activity: vad.VAD,
        events: RoomEvents,
        at_ms: Callable[[float | None], int],
    ) -> None:
        """`at_ms`: session's time of seconds since 1970; None: now."""
        self._room, self._person, self._events, self._at_ms = room, person, events, at_ms
        self._transcript_ms = 0
        self._is_closing = False
        self._session = QuietSession(
            stt=words,
            vad=activity,
            turn_handling=TurnHandlingOptions(
                turn_detection="vad",
                endpointing={
                    "mode": "fixed",
                    "min_delay": MIN_PAUSE_S,
                    "max_delay": MAX_PAUSE_S,
                },
                interruption={"enabled": False},
                preemptive_generation={"enabled": False},
            ),
            aec_warmup_duration=0,
            user_away_timeout=None,
            session_close_transcript_timeout=TRANSCRIPT_TIMEOUT_S,
            conn_options=PATIENT,
        )
        self.closed = asyncio.Event()
        """Also by itself, when something in it broke."""
        session = cast("Any", self._session)  # its events' types are partial
        session.on("user_state_changed", self._state_changed)
        session.on("user_input_transcribed", self._transcribed)
        session.on("close", self._closed)

    async def open(self) -> None:
        """Listen.

        Raises:
            TimeoutError: the room does not let us.
        """
        sound = AudioInputOptions(
            sample_rate=EAR_RATE_HZ, auto_gain_control=False, pre_connect_audio=False
        )
        options = RoomOptions(
            audio_input=sound,
            audio_output=False,
            video_input=False,
            text_input=False,
            text_output=True,
            participant_identity=self._person.identity,
            close_on_disconnect=False,
        )
        await self._session.open(_Listens(self._completed), self._room, options)

    async def close(self) -> None:
        """Harmless twice. Nothing is told from here on: another ear may listen already."""
        self._is_closing = True
        self._events.speaking(self._person, speaks=False)
        await self._session.close()

    def _closed(self, _: object) -> None:
        self.closed.set()

    def _state_changed(self, event: Any) -> None:
        if self._is_closing:
            return
        if event.new_state == "speaking":
            self._events.speaking(self._person, speaks=True)
        elif event.old_state == "speaking":
            self._events.speaking(self._person, speaks=False)

    def _transcribed(self, event: Any) -> None:
        if event.is_final:
            self._transcript_ms = self._at_ms(None)

    def _completed(self, message: llm.ChatMessage) -> None:
        text = message.text_content
        if not text or self._is_closing:
            return
        told, now_ms = message.metrics, self._at_ms(None)
        transcript_ms = min(self._transcript_ms or now_ms, now_ms)
        ended_s = told.get("stopped_speaking_at")
        end_ms = transcript_ms if ended_s is None else min(self._at_ms(ended_s), transcript_ms)
        started_s = told.get("started_speaking_at")
        start_ms = end_ms if started_s is None else min(self._at_ms(started_s), end_ms)
        self._events.heard(
            LiveTranscript(
                self._person,
                text,
                start_ms=start_ms,
                end_ms=end_ms,
                transcript_ms=transcript_ms,
                decided_ms=now_ms,
            )
        )


class _SpeechHandle:
    """What was given to the session to be said."""

    def __init__(self, session: QuietSession, words: str | AsyncIterator[str]) -> None:
        self._began: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        try:
            self.handle = session.say(words, allow_interruptions=True)
        except RuntimeError:  # it is closing, or failed to start: there is no voice
            self.handle = None
            self._began.set_result(False)
        else:
            self.handle.add_done_callback(lambda _: self.begin(heard=False))

    @property
    def is_over(self) -> bool:
        return self.handle is None or self.handle.done()

    def begin(self, *, heard: bool) -> None:
        if not self._began.done():
            self._began.set_result(heard)

    async def wait_for_first_audio(self) -> bool:
        return await asyncio.shield(self._began)

    async def wait_for_playout(self) -> Playout:
        handle = self.handle
        if handle is None:
            return Playout(heard_chars=0, interrupted=False)
        try:
            async with asyncio.timeout(SAY_TIMEOUT_S):
                await handle.wait_for_playout()
        except TimeoutError:
            log.error("voice.stuck")  # noqa: TRY400 - says it all
            handle.interrupt(force=True)
        said = [item.text_content or "" for item in handle.chat_items if item.type == "message"]
        return Playout(heard_chars=sum(map(len, said)), interrupted=handle.interrupted)

    def interrupt(self) -> None:
        if self.handle is not None:
            self.handle.interrupt(force=True)


class RoomSpeaker:
    """Speaks to all in a room until closed; one thing after the other."""

    def __init__(self, room: rtc.Room, voice: tts.TTS[Any]) -> None:
        self._room = room
        self._agent = Agent(instructions="")
        self._handles: list[_SpeechHandle] = []
        self._is_held = False
        self._session = QuietSession(
            tts=voice,
            vad=None,
            turn_handling=TurnHandlingOptions(
                turn_detection="manual", preemptive_generation={"enabled": False}
            ),
            aec_warmup_duration=0,
            user_away_timeout=None,
            conn_options=PATIENT,
        )
        self.closed = asyncio.Event()
        session = cast("Any", self._session)
        session.on("agent_state_changed", self._state_changed)
        session.on("close", self._closed)

    async def open(self) -> None:
        """Publish the voice.

        Raises:
            TimeoutError: the room does not let us.
        """
        options = RoomOptions(
            audio_input=False,
            video_input=False,
            text_input=False,
            audio_output=True,
            text_output=True,
            close_on_disconnect=False,
        )
        await self._session.open(self._agent, self._room, options)

    async def close(self) -> None:
        """Harmless twice."""
        await self._session.close()

    def say(self, words: str | AsyncIterator[str]) -> SpeechHandle:
        """See ports.LiveRoom."""
        handle = _SpeechHandle(self._session, words)
        self._handles = [earlier for earlier in self._handles if not earlier.is_over]
        self._handles.append(handle)
        if len(self._handles) == 1:
            self._session.history.items.clear()  # else all that was ever said stays in memory
            cast("Any", self._agent)._chat_ctx.items.clear()  # its public property is a copy
        return handle

    def hold(self) -> None:
        """See ports.LiveRoom."""
        self._is_held = True
        if (output := self._session.output.audio) is not None and output.can_pause:
            output.pause()

    def release(self) -> None:
        """See ports.LiveRoom."""
        self._is_held = False
        if (output := self._session.output.audio) is not None and output.can_pause:
            output.resume()

    def _closed(self, _: object) -> None:
        self.closed.set()

    def _state_changed(self, event: Any) -> None:
        if event.new_state != "speaking":
            return
        if self._is_held:  # the session lets each thing begin
            self.hold()
        current = self._session.current_speech
        for handle in self._handles:
            if handle.handle is current:
                handle.begin(heard=True)
