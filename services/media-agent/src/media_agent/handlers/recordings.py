"""Plays a recorded meeting into its session."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.feed import Ended
from contracts.ids import FrameId, TurnId
from contracts.media import MeetingEnded
from contracts.sessions import RecordingUploaded
from media_agent.domain.addressing import addressed_by
from media_agent.domain.frame_sampler import Counted
from media_agent.domain.playback import Spoken
from media_agent.meeting.feed_listener import FeedListener
from media_agent.meeting.frame_store import EncodedFrame
from media_agent.ports import FileStore, Follow, Pictures, RecordingSpeech, Tell
from media_agent.recorded.player import PlaybackEvent, PlayerDeps, RecordingPlayer
from media_agent.recorded.recording_outbox import RecordingOutbox
from media_agent.recorded.spoken_answers import SpokenAnswersTrack
from runtime.bus import Delivery, GivenUp, following_id
from runtime.clock import Clock

STEP_MS: Final = 200
MAX_OPEN_FRAMES: Final = 3
"""At full speed, frames that wait to be described; more would be stale before they are read."""


@dataclass(frozen=True)
class RecordingDeps:
    """Everything a recording is played with.

    Attributes:
        speech_for: speech of one recording, paid for by the upload's tenant.
        turn_wait_s: how long the clock stands for a turn: its deadline and 10 s.
        frame_wait_s: how long it stands for frames that nobody describes.
    """

    files: FileStore
    pictures: Pictures
    player_deps: PlayerDeps
    speech_for: Callable[[Envelope[RecordingUploaded]], RecordingSpeech]
    follow: Follow
    clock: Clock
    turn_wait_s: float
    frame_wait_s: float


async def on_recording_uploaded(
    event: Envelope[RecordingUploaded], delivery: Delivery, *, deps: RecordingDeps
) -> Sequence[Fact]:
    """Play it from the beginning, or on from where an earlier owner came."""
    try:
        ended = await _play(event, delivery, deps)
    except RejectedError as error:
        ended = MeetingEnded(reason="rejected", detail=str(error), duration_ms=0)
    entry = Ended(event_id=delivery.id_of(ended), meeting=ended)
    await delivery.state(ended, feed=[entry])
    return ()


async def on_recording_given_up(
    event: Envelope[RecordingUploaded], reason: GivenUp, *, tell: Tell
) -> Sequence[Fact]:
    """A dead letter is never silence: session and feed learn that the meeting is over."""
    detail = f"{event.data.name} could not be played ({reason.value}); upload it again."
    ended = MeetingEnded(reason="failed", detail=detail, duration_ms=0)
    if event.session_id is not None:
        event_id = following_id(event, ended, service="media-agent")
        await tell(event.session_id, Ended(event_id=event_id, meeting=ended))
    return (ended,)


async def _play(
    event: Envelope[RecordingUploaded], delivery: Delivery, deps: RecordingDeps
) -> MeetingEnded:
    """Play, while the feed is listened to and answers are spoken."""
    minutes, listener = RecordingOutbox(event, delivery, deps.pictures), FeedListener()
    track = SpokenAnswersTrack(listener, deps.speech_for(event))
    try:
        async with (
            deps.files.local(event.tenant_id, event.data.file) as path,
            RecordingPlayer(deps.player_deps, path, event.data.name) as player,
            asyncio.TaskGroup() as tasks,
        ):
            beside = [
                tasks.create_task(listener.listen(deps.follow, minutes.session_id, deps.clock)),
                tasks.create_task(track.run()),
            ]
            show = _RecordingSession(
                event, deps, player=player, minutes=minutes, listener=listener, track=track
            )
            await show.run(delivery.noted_ms or 0)
            spoken = await track.finish(
                deps.files, event.tenant_id, f"spoken/{minutes.session_id}.wav"
            )
            for task in beside:
                task.cancel()
    except BaseExceptionGroup as group:
        # The bus tells failures apart by their class; the group only says that tasks were used.
        raise group.exceptions[0] from group
    truncated_at_ms = player.recording.truncated_at_ms
    return MeetingEnded(
        reason="completed" if truncated_at_ms is None else "truncated",
        detail=_detail(player, truncated_at_ms),
        duration_ms=player.recording.ended_ms,
        truncated_at_ms=truncated_at_ms,
        spoken_file=spoken,
    )


def _detail(player: RecordingPlayer, truncated_at_ms: int | None) -> str | None:
    if truncated_at_ms is None:
        return player.about.note
    return (
        f"{player.about.name} breaks off at {truncated_at_ms / 1000:.1f} s; that far it was played."
    )


class _RecordingSession:
    """One run through a recording."""

    def __init__(
        self,
        event: Envelope[RecordingUploaded],
        deps: RecordingDeps,
        *,
        player: RecordingPlayer,
        minutes: RecordingOutbox,
        listener: FeedListener,
        track: SpokenAnswersTrack,
    ) -> None:
        self._event, self._deps = event, deps
        self._player, self._minutes, self._listener, self._track = player, minutes, listener, track
        self._speech = deps.speech_for(event)
        self._hurried = event.data.speed == "max"
        self._open_frames: list[FrameId] = []
        self._turns: list[TurnId] = []

    async def run(self, from_ms: int) -> None:
        """To the end, and until what was asked is answered."""
        await self._minutes.started(self._player.about)
        began_s = self._deps.clock.monotonic() - from_ms / 1000
        until_ms = 0
        while not self._player.over:
            until_ms += STEP_MS
            ahead_s = began_s + until_ms / 1000 - self._deps.clock.monotonic()
            if not self._hurried and ahead_s > 0:
                await self._deps.clock.sleep(ahead_s)
            await self._step(until_ms)
        await self._listener.concluded(self._turns, timeout_s=self._deps.turn_wait_s)

    async def _step(self, until_ms: int) -> None:
        while events := await self._player.play(until_ms):
            for event in events:
                await self._tell(event)
            if self._player.over:
                return

    async def _tell(self, event: PlaybackEvent) -> None:
        at_ms = self._player.position_ms
        if isinstance(event, EncodedFrame):
            await self._show_frame(event, at_ms)
        elif isinstance(event, Counted):
            await self._minutes.counted(event, at_ms)
        else:
            await self._hear(event, at_ms)

    async def _show_frame(self, encoded: EncodedFrame, at_ms: int) -> None:
        frame_id = await self._minutes.kept(encoded, at_ms)
        if frame_id is None or not self._hurried:
            return
        self._open_frames.append(frame_id)
        await self._await_frames(all_but=MAX_OPEN_FRAMES)

    async def _await_frames(self, *, all_but: int) -> None:
        """At full speed the clock stands until frames are described, or seem to be lost."""
        frames = self._open_frames
        if not await self._listener.described(
            frames, all_but=all_but, timeout_s=self._deps.frame_wait_s
        ):
            frames.clear()

    async def _hear(self, spoken: Spoken, at_ms: int) -> None:
        if self._minutes.is_noted(at_ms):
            return
        utterance = spoken.utterance
        text = await self._speech.transcribe(utterance)
        if not text:
            return
        reason = addressed_by(text, self._event.data.addressing)
        if reason is None:
            await self._minutes.said(utterance, text, at_ms)
            return
        if (encoded := await self._player.ask(spoken)) is not None:
            await self._show_frame(encoded, at_ms)
        if self._hurried:
            await self._await_frames(all_but=0)
        turn_id = await self._minutes.asked(utterance, text, reason, at_ms)
        self._turns.append(turn_id)
        self._track.asked(turn_id, utterance.end_ms)
        if self._hurried:
            await self._listener.concluded([turn_id], timeout_s=self._deps.turn_wait_s)
