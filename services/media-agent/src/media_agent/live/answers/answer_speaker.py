"""One answer said aloud."""

from collections.abc import Awaitable, Callable
from typing import Final

from contracts.conversation import SpeechInterrupted
from contracts.feed import Spoken, VoiceClock
from media_agent.live.answers.answers import OpenTurn
from media_agent.live.deps import MeetingDeps
from media_agent.live.floor import Floor
from media_agent.live.waiting import first_completed, wait_for

PAUSE_TIMEOUT_S: Final = 15.0
"""An answer waits so long for a pause in what people say; then it is stale."""
SOUND_TIMEOUT_S: Final = 12.0
"""From the first word to the first sound, behind a filler; else the voice is lost."""


class AnswerSpeaker:
    """Delivers answers to spoken questions.

    Nothing of an unaccepted answer, one short filler when the first word takes its time, and the
    newest question only.
    """

    def __init__(
        self,
        floor: Floor,
        deps: MeetingDeps,
        *,
        write: Callable[[OpenTurn], Awaitable[None]],
        written: Callable[[OpenTurn], Awaitable[bool]],
    ) -> None:
        """`write` delivers in the chat; `written` does so with what is not to be said: True."""
        self._floor, self._outbox, self._clock = floor, deps.outbox, deps.clock
        self._own_words, self._filler_after_s = deps.own_words, deps.filler_after_s
        self._write, self._written = write, written

    async def __call__(self, turn: OpenTurn) -> None:
        """To its end: heard, interrupted, or a sentence that none comes."""
        stream = turn.stream
        if not await stream.coming(timeout_s=self._filler_after_s):
            if self._floor.is_quiet and not stream.is_void:
                self._floor.say(self._own_words.filler(turn.turn_id.int))
            if not await stream.coming():
                if await self._written(turn):
                    return
                stream.void()
                await self._floor.remark(self._own_words("no_answer"), timeout_s=PAUSE_TIMEOUT_S)
                return
        if await self._written(turn):
            return
        if await self._floor.quiet(timeout_s=PAUSE_TIMEOUT_S) and not stream.is_void:
            await self._say(turn)
        elif stream.has_text:
            await self._state_interrupted(turn, 0)

    async def _say(self, turn: OpenTurn) -> None:
        handle = self._floor.say(turn.stream.pieces())
        began = await wait_for(handle.wait_for_first_audio, SOUND_TIMEOUT_S, self._clock)
        if began:
            await self._state_spoken(turn)
            await first_completed(handle.wait_for_playout, turn.stream.voided.wait)
        if began is None or turn.stream.is_void:
            handle.interrupt()
        playout = await handle.wait_for_playout()
        if began and playout.interrupted:
            await self._state_interrupted(turn, playout.heard_chars)
        elif not began and not self._floor.is_quiet:
            await self._state_interrupted(turn, 0)
        elif not began and not turn.stream.is_void:
            await self._write(turn)

    async def _state_spoken(self, turn: OpenTurn) -> None:
        utterance, first_audio_ms = turn.utterance, self._outbox.now_ms()
        clock = None
        if utterance is not None and turn.accepted_ms is not None:
            clock = VoiceClock(
                speech_ended_ms=utterance.end_ms,
                turn_decided_ms=utterance.decided_ms,
                transcript_ms=utterance.transcript_ms,
                accepted_ms=turn.accepted_ms,
                first_audio_ms=first_audio_ms,
            )
        await self._outbox.state(feed=[Spoken(turn_id=turn.turn_id, clock=clock)])

    async def _state_interrupted(self, turn: OpenTurn, heard_chars: int) -> None:
        turn.stream.void()
        await self._outbox.state(SpeechInterrupted(turn_id=turn.turn_id, heard_chars=heard_chars))
