"""Listens to one participant of a room: a LiveKit agent session that turns speech into events."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, NoReturn, cast

from livekit import rtc
from livekit.agents import Agent, StopResponse, llm
from livekit.agents.voice.room_io import AudioInputOptions
from livekit.agents.voice.turn import TurnHandlingOptions

from media_agent.adapters.livekit.session import QuietSession
from media_agent.adapters.livekit.turn_detector import SpokenTurnDetector
from media_agent.adapters.stt.fallback import FallbackStt
from media_agent.domain.conversation.people import LiveTranscript, Person
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ
from media_agent.ports.room import RoomEvents

MIN_PAUSE_S: Final = 0.5
MAX_PAUSE_S: Final = 2.5
TRANSCRIPT_TIMEOUT_S: Final = 1.0


class _ListeningAgent(Agent):
    """Hands over each turn of its participant, and answers none itself."""

    def __init__(self, completed: Callable[[llm.ChatMessage], None]) -> None:
        cast("Any", super()).__init__(instructions="")
        self._completed = completed

    async def on_user_turn_completed(  # the framework passes both by name
        self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage
    ) -> NoReturn:
        self._completed(new_message)
        raise StopResponse


class ParticipantListener:
    """Listens until closed."""

    def __init__(
        self,
        room: rtc.Room,
        person: Person,
        *,
        speech_to_text: FallbackStt,
        events: RoomEvents,
        at_ms: Callable[[float | None], int],
    ) -> None:
        """Bind; nothing is opened yet.

        Args:
            room: connected when this is opened.
            person: the participant.
            speech_to_text: of this person; also tells when they speak.
            events: is told of it.
            at_ms: since the start of the session, of seconds since 1970; None: now.
        """
        self._room, self._person, self._events, self._at_ms = room, person, events, at_ms
        self._transcript_ms = 0
        self._language: str | None = None
        self._is_closing = False
        self._session = QuietSession(
            stt=speech_to_text,
            vad=speech_to_text.vad_relay,
            turn_handling=TurnHandlingOptions(
                turn_detection=SpokenTurnDetector(speech_to_text),
                endpointing={
                    "mode": "fixed",
                    "min_delay": MIN_PAUSE_S,
                    "max_delay": MAX_PAUSE_S,
                },
                interruption={"enabled": False},
                preemptive_generation={"enabled": False},
            ),
            session_close_transcript_timeout=TRANSCRIPT_TIMEOUT_S,
        )
        session = cast("Any", self._session)  # its events' types are partial
        session.on("user_state_changed", self._on_state)
        session.on("user_input_transcribed", self._on_transcript)

    @property
    def closed(self) -> asyncio.Event:
        return self._session.closed

    async def open(self) -> None:
        """Listen.

        Raises:
            TimeoutError: the room does not let us.
        """
        sound = AudioInputOptions(
            sample_rate=SAMPLE_RATE_HZ, auto_gain_control=False, pre_connect_audio=False
        )
        agent = _ListeningAgent(self._on_turn)
        await self._session.open(
            agent, self._room, audio_input=sound, participant=self._person.identity
        )

    async def close(self) -> None:
        """Harmless twice. No event from here on: another listener may be open already."""
        self._is_closing = True
        self._events.speaking(self._person, speaks=False)
        await self._session.close()

    def _on_state(self, event: Any) -> None:
        if self._is_closing:
            return
        if event.new_state == "speaking":
            self._events.speaking(self._person, speaks=True)
        elif event.old_state == "speaking":
            self._events.speaking(self._person, speaks=False)

    def _on_transcript(self, event: Any) -> None:
        if event.is_final:
            self._transcript_ms, self._language = self._at_ms(None), event.language

    def _on_turn(self, message: llm.ChatMessage) -> None:
        text = message.text_content
        if not text or self._is_closing:
            return
        metrics, now_ms = message.metrics, self._at_ms(None)
        transcript_ms = min(self._transcript_ms or now_ms, now_ms)
        ended_s = metrics.get("stopped_speaking_at")
        end_ms = transcript_ms if ended_s is None else min(self._at_ms(ended_s), transcript_ms)
        started_s = metrics.get("started_speaking_at")
        start_ms = end_ms if started_s is None else min(self._at_ms(started_s), end_ms)
        self._events.heard(
            LiveTranscript(
                self._person,
                text,
                start_ms=start_ms,
                end_ms=end_ms,
                transcript_ms=transcript_ms,
                decided_ms=now_ms,
                language=self._language,
            )
        )
