"""LiveKit's agent session, as it is used in a room: it only listens, or only speaks."""

import asyncio
from typing import Any, Final, cast

from livekit import rtc
from livekit.agents import Agent, AgentSession, APIConnectOptions
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import AudioInputOptions, RoomOptions

# Fallback, and giving up, are the speech providers' own: a session that counts failures too closes.
PATIENT: Final = SessionConnectOptions(
    stt_conn_options=APIConnectOptions(max_retry=0),
    tts_conn_options=APIConnectOptions(max_retry=0),
    max_unrecoverable_errors=1_000_000,
)
START_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 8.0


class QuietSession(AgentSession[None]):
    """A session that records nothing, and keeps no event of a long meeting in memory."""

    def __init__(self, **options: Any) -> None:
        """Bind; `options` are the framework's, besides those that are the same for all of ours."""
        cast("Any", super()).__init__(
            aec_warmup_duration=0, user_away_timeout=None, conn_options=PATIENT, **options
        )
        self.closed = asyncio.Event()
        """Also by itself, when something in it broke."""
        cast("Any", self).on("close", self._on_close)

    async def open(
        self,
        agent: Agent,
        room: rtc.Room,
        *,
        audio_input: AudioInputOptions | None = None,
        participant: str | None = None,
    ) -> None:
        """Begin in a room: listen to a participant, or without `audio_input` speak to all.

        Raises:
            TimeoutError: the room does not let us.
        """
        options: dict[str, Any] = (
            {} if participant is None else {"participant_identity": participant}
        )
        async with asyncio.timeout(START_TIMEOUT_S):
            await cast("Any", self).start(
                agent,
                room=room,
                record=False,
                session_host=False,
                room_options=RoomOptions(
                    audio_input=False if audio_input is None else audio_input,
                    audio_output=audio_input is None,
                    video_input=False,
                    text_input=False,
                    text_output=True,
                    close_on_disconnect=False,
                    **options,
                ),
            )

    async def close(self) -> None:
        """Harmless twice."""
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await self.aclose()

    def emit(self, event: Any, arg: Any) -> None:
        # AgentSession.emit appends to a list that only grows, and calls this.
        rtc.EventEmitter[Any].emit(self, event, arg)

    def _on_close(self, _: object) -> None:
        self.closed.set()
