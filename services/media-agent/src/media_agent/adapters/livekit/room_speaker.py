"""Speaks in a room: a LiveKit agent session that says what it is given."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, Final, cast

from livekit import rtc
from livekit.agents import Agent, tts
from livekit.agents.voice.turn import TurnHandlingOptions

from media_agent.adapters.livekit.session import QuietSession
from media_agent.ports.room import Playout, SpeechHandle

log = logging.getLogger(__name__)

SAY_TIMEOUT_S: Final = 180.0


class _SpeechHandle:
    """Words that were given to the session."""

    def __init__(self, session: QuietSession, words: str | AsyncIterator[str]) -> None:
        self._began: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        try:
            self.handle = session.say(words, allow_interruptions=True)
        except RuntimeError:  # it is closing, or failed to start: nothing is said
            self.handle = None
            self._began.set_result(False)
        else:
            self.handle.add_done_callback(lambda _: self.begin(has_audio=False))

    @property
    def is_over(self) -> bool:
        return self.handle is None or self.handle.done()

    def begin(self, *, has_audio: bool) -> None:
        if not self._began.done():
            self._began.set_result(has_audio)

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
            log.error("tts.stuck")  # noqa: TRY400 - says it all
            handle.interrupt(force=True)
        texts = [item.text_content or "" for item in handle.chat_items if item.type == "message"]
        return Playout(heard_chars=sum(map(len, texts)), interrupted=handle.interrupted)

    def interrupt(self) -> None:
        if self.handle is not None:
            self.handle.interrupt(force=True)


class RoomSpeaker:
    """Speaks to all in a room until closed; one thing after the other."""

    def __init__(self, room: rtc.Room, text_to_speech: tts.TTS[Any]) -> None:
        self._room = room
        self._agent = Agent(instructions="")
        self._handles: list[_SpeechHandle] = []
        self._is_held = False
        self._session = QuietSession(
            tts=text_to_speech,
            vad=None,
            turn_handling=TurnHandlingOptions(
                turn_detection="manual", preemptive_generation={"enabled": False}
            ),
        )
        # Its events' types are partial.
        cast("Any", self._session).on("agent_state_changed", self._on_state)

    @property
    def closed(self) -> asyncio.Event:
        return self._session.closed

    async def open(self) -> None:
        """Publish the track of what is said.

        Raises:
            TimeoutError: the room does not let us.
        """
        await self._session.open(self._agent, self._room)

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

    def _on_state(self, event: Any) -> None:
        if event.new_state != "speaking":
            return
        if self._is_held:  # the session lets each thing begin
            self.hold()
        current = self._session.current_speech
        for handle in self._handles:
            if handle.handle is current:
                handle.begin(has_audio=True)
