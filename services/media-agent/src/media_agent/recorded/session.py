"""One run through a recorded meeting: what comes of it, step by step."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from contracts.budgets import BudgetStep
from contracts.conversation import Screen
from contracts.fact import Envelope
from contracts.feed import Started
from contracts.ids import FrameId, TenantId, TurnId
from contracts.media import MeetingStarted
from contracts.sessions import RecordingUploaded
from media_agent.domain.conversation.people import Person, Transcript
from media_agent.domain.conversation.turns import TurnRule, decide_turn
from media_agent.domain.gate.frame_sampler import SamplingCounts
from media_agent.domain.gate.frames import Frame
from media_agent.domain.recording.languages import HeardLanguages
from media_agent.domain.recording.playback import SpokenUtterance
from media_agent.domain.speech.continuation import (
    LONGEST_PAUSE_MS,
    is_one_sentence,
    joined,
    may_go_on,
)
from media_agent.domain.speech.segmenter import UtteranceAudio
from media_agent.domain.speech.transcription import Transcription
from media_agent.meeting.frame_publisher import FramePublisher
from media_agent.meeting.frame_store import EncodedFrame, FrameStore
from media_agent.meeting.utterances import state_utterance
from media_agent.ports.outbox import Follow
from media_agent.ports.recordings import FileStore
from media_agent.ports.screen import PictureStore
from media_agent.ports.speech import RecordingSpeech
from media_agent.recorded.outbox import RecordingOutbox
from media_agent.recorded.player import PlaybackEvent, PlayerDeps, RecordingPlayer
from media_agent.recorded.progress import RecordingProgress
from media_agent.recorded.spoken_answers import SpokenAnswersTrack
from runtime.clock import Clock
from runtime.ids import derive_id

STEP_MS: Final = 200
MAX_OPEN_FRAMES: Final = 3
"""At full speed, frames that wait to be described; more would be stale before they are read."""
SPEAKER: Final = Person(identity="", name="Speaker")
"""A recording does not say who speaks."""


@dataclass(frozen=True)
class RecordingDeps:
    """Everything a recording is played with.

    Attributes:
        speech_for: speech of one recording, paid for by the upload's tenant.
        turn_wait_s: how long the clock stands for a turn: its deadline and 10 s.
        frame_wait_s: how long it stands for frames that nobody describes.
    """

    files: FileStore
    pictures: PictureStore
    player_deps: PlayerDeps
    speech_for: Callable[[Envelope[RecordingUploaded]], RecordingSpeech]
    follow: Follow
    clock: Clock
    turn_wait_s: float
    frame_wait_s: float
    budget_step: Callable[[TenantId], Awaitable[BudgetStep]]


@dataclass(frozen=True)
class RecordedTranscript(Transcript):
    """Words of a recording.

    Attributes:
        frame: what the screen showed when the speech ended; None without a picture.
        shown: the same, stated already.
    """

    frame: Frame | None
    shown: Screen | None = None


class RecordingSession:
    """One run through a recording; implements UtteranceSource.

    Attributes:
        languages: of what was heard in this run.
    """

    def __init__(
        self,
        event: Envelope[RecordingUploaded],
        deps: RecordingDeps,
        *,
        player: RecordingPlayer,
        outbox: RecordingOutbox,
        progress: RecordingProgress,
        track: SpokenAnswersTrack,
    ) -> None:
        self._event, self._deps, self._speech = event, deps, deps.speech_for(event)
        self._player, self._outbox, self._progress, self._track = player, outbox, progress, track
        self._store = FrameStore(deps.pictures, outbox, origin=event.id)
        self._publisher = FramePublisher(outbox)
        self._is_full_speed = event.data.speed == "max"
        self._rule = TurnRule(event.data.addressing, is_patient=self._is_full_speed)
        self._open_frames: list[FrameId] = []
        self._turns: list[TurnId] = []
        self._unended: _Unended | None = None
        self._noted: UtteranceAudio | None = None
        self.languages = HeardLanguages()

    async def run(self, noted_ms: int | None) -> None:
        """To the end, and until what was asked is answered.

        Args:
            noted_ms: how far an earlier owner came; None: nobody played it before.
        """
        if noted_ms is None:
            await self._state_start()
        began_s = self._deps.clock.monotonic() - (noted_ms or 0) / 1000
        until_ms = 0
        while not self._player.over:
            until_ms += STEP_MS
            ahead_s = began_s + until_ms / 1000 - self._deps.clock.monotonic()
            if not self._is_full_speed and ahead_s > 0:
                await self._deps.clock.sleep(ahead_s)
            step = await self._deps.budget_step(self._event.tenant_id)
            self._player.save_frames(step != "full")
            await self._play(until_ms)
        await self._state_held()
        await self._progress.concluded(self._turns, timeout_s=self._deps.turn_wait_s)

    async def claim(self, utterance: RecordedTranscript) -> bool:
        return True  # what an earlier owner noted is not even transcribed

    async def rule(self) -> TurnRule:
        return self._rule

    async def open_turn(self, utterance: RecordedTranscript) -> TurnId:
        turn_id = TurnId(derive_id(self._event.id, "media-agent", "turn", str(utterance.start_ms)))
        self._turns.append(turn_id)
        self._track.expect(turn_id, utterance.end_ms)
        return turn_id

    async def screen(self, utterance: RecordedTranscript) -> Screen | None:
        """The newest kept frame; kept now, if none shows what the screen showed."""
        if utterance.shown is not None:
            return utterance.shown
        encoded = await self._player.ask(utterance.frame)
        if encoded is not None:
            await self._show_frame(encoded)
        if self._is_full_speed:
            await self._await_frames(all_but=0)
        screen = self._store.newest
        if screen is not None and (kept := self._store.showing(screen.shown_at_ms)) is not None:
            await self._store.name(kept)
        return screen

    async def _state_start(self) -> None:
        about = self._player.about
        fact = MeetingStarted(
            source="recording",
            name=about.name,
            duration_ms=about.duration_ms,
            has_video=about.has_video,
            has_audio=about.has_audio,
        )
        await self._outbox.state(
            fact, feed=[Started(event_id=self._outbox.id_of(fact), meeting=fact)]
        )

    async def _play(self, until_ms: int) -> None:
        while events := await self._player.play(until_ms):
            for event in events:
                await self._take(event)
            if self._player.over:
                return
        if self._unended is not None and self._is_over(self._unended):
            await self._state_held()

    def _is_over(self, unended: "_Unended") -> bool:
        quiet_ms = self._player.position_ms - unended.audio.end_ms
        return quiet_ms > LONGEST_PAUSE_MS and not self._player.is_speaking

    async def _take(self, event: PlaybackEvent) -> None:
        if isinstance(event, EncodedFrame):
            await self._show_frame(event)
        elif self._outbox.is_noted:
            if isinstance(event, SpokenUtterance):
                self._noted = event.utterance
        elif isinstance(event, SamplingCounts):
            await self._publisher.count(event)
        else:
            await self._hear(event)

    async def _show_frame(self, encoded: EncodedFrame) -> None:
        if self._outbox.is_noted:
            self._store.skip(encoded)
            return
        kept = await self._store.add(encoded)
        await self._publisher.publish(kept)
        if self._is_full_speed:
            self._open_frames.append(kept.frame_id)
            await self._await_frames(all_but=MAX_OPEN_FRAMES)

    async def _await_frames(self, *, all_but: int) -> None:
        """At full speed the clock stands until frames are described, or seem to be lost."""
        frames = self._open_frames
        if not await self._progress.described(
            frames, all_but=all_but, timeout_s=self._deps.frame_wait_s
        ):
            frames.clear()

    async def _hear(self, spoken: SpokenUtterance) -> None:
        audio = spoken.utterance
        heard = await self._speech.transcribe(audio)
        self.languages.add(audio.start_ms, audio.end_ms, heard)
        whole = await self._goes_on(audio)
        if whole is None:
            await self._state_held()
        else:
            audio, heard = whole
        utterance = RecordedTranscript(
            SPEAKER,
            heard.text,
            audio.start_ms,
            audio.end_ms,
            spoken.screen,
            language=heard.language,
        )
        if not may_go_on(heard.text, heard.language):
            await self._state(utterance)
        elif self._is_full_speed:
            await self._hold(utterance, audio)
        else:
            await self._state(utterance)
            self._unended = _Unended(replace(utterance, start_ms=audio.end_ms), audio)

    async def _goes_on(self, audio: UtteranceAudio) -> tuple[UtteranceAudio, Transcription] | None:
        """What was said before the pause and this, where both are one sentence."""
        before = await self._before(audio)
        both = None if before is None else joined(before, audio)
        if both is None:
            return None
        heard = await self._speech.transcribe(both)
        if not is_one_sentence(heard.text):
            return None
        if not self._is_full_speed:  # the beginning is a turn already, which this one supersedes
            both = replace(both, start_ms=audio.start_ms)
        self._unended, self._outbox.holds_back_at_ms = None, None
        return both, heard

    async def _before(self, audio: UtteranceAudio) -> UtteranceAudio | None:
        """What was said before and may go on; after a takeover an earlier owner heard it."""
        if self._unended is not None:
            return self._unended.audio
        noted, self._noted = self._noted, None
        if noted is None or joined(noted, audio) is None:
            return None
        heard = await self._speech.transcribe(noted)
        return noted if may_go_on(heard.text, heard.language) else None

    async def _hold(self, utterance: RecordedTranscript, audio: UtteranceAudio) -> None:
        """It may go on: state it once that is known, with what the screen shows now."""
        self._outbox.holds_back_at_ms = self._player.position_ms
        if decide_turn(utterance, self._rule) is not None:
            utterance = replace(utterance, shown=await self.screen(utterance))
        self._unended = _Unended(utterance, audio)

    async def _state_held(self) -> None:
        held, self._unended = self._unended, None
        self._outbox.holds_back_at_ms = None
        if held is not None and self._is_full_speed:
            await self._state(held.utterance)

    async def _state(self, utterance: RecordedTranscript) -> None:
        turn_id = await state_utterance(utterance, self, self._outbox)
        if turn_id is not None and self._is_full_speed:
            await self._progress.concluded([turn_id], timeout_s=self._deps.turn_wait_s)


@dataclass(frozen=True)
class _Unended:
    """Something said that may go on after the pause."""

    utterance: RecordedTranscript
    audio: UtteranceAudio
