"""Plays a recorded meeting into its session."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.feed import Ended
from contracts.ids import FrameId, TurnId
from contracts.media import MeetingEnded
from contracts.sessions import RecordingUploaded
from media_agent.domain.addressing import addressed_by
from media_agent.domain.playback import Spoken
from media_agent.domain.sight import Counted
from media_agent.domain.speech import SAMPLE_RATE_HZ
from media_agent.handlers.album import Shot
from media_agent.handlers.hall import Hall
from media_agent.handlers.minutes import Minutes
from media_agent.handlers.reel import Projector, Reel, Scene
from media_agent.handlers.spoken import SpokenTrack
from media_agent.ports import Ear, FileStore, Follow, Pictures, Tell, Voice
from runtime.bus import Delivery, GivenUp, following_id
from runtime.clock import Clock
from spending import LOCAL, Call, Model, Quantity, Spending

STEP_MS: Final = 200
MAX_OPEN_FRAMES: Final = 3
"""At full speed, frames that wait to be described; more would be stale before they are read."""


@dataclass(frozen=True)
class Stage:
    """Everything a recording is played with.

    Attributes:
        turn_wait_s: how long the clock stands for a turn: its deadline and 10 s.
        frame_wait_s: how long it stands for frames that nobody describes.
    """

    files: FileStore
    pictures: Pictures
    projector: Projector
    ear: Ear
    voice: Voice
    follow: Follow
    spending: Spending
    clock: Clock
    turn_wait_s: float
    frame_wait_s: float


async def on_recording_uploaded(
    event: Envelope[RecordingUploaded], delivery: Delivery, *, stage: Stage
) -> Sequence[Fact]:
    """Play it from the beginning, or on from where an earlier owner came."""
    try:
        ended = await _in_company(event, delivery, stage)
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


async def _in_company(
    event: Envelope[RecordingUploaded], delivery: Delivery, stage: Stage
) -> MeetingEnded:
    """Play, while the feed is listened to and answers are spoken."""
    minutes, hall = Minutes(event, delivery, stage.pictures), Hall()
    track = SpokenTrack(event, hall, stage.voice, stage.spending)
    try:
        async with (
            stage.files.local(event.tenant_id, event.data.file) as path,
            Reel(stage.projector, path, event.data.name) as reel,
            asyncio.TaskGroup() as tasks,
        ):
            beside = [
                tasks.create_task(hall.listen(stage.follow, minutes.session_id, stage.clock)),
                tasks.create_task(track.run()),
            ]
            show = _Show(event, stage, reel=reel, minutes=minutes, hall=hall, track=track)
            await show.run(delivery.noted_ms or 0)
            spoken = await track.finish(
                stage.files, event.tenant_id, f"spoken/{minutes.session_id}.wav"
            )
            for task in beside:
                task.cancel()
    except BaseExceptionGroup as group:
        # The bus tells failures apart by their class; the group only says that tasks were used.
        raise group.exceptions[0] from group
    truncated_at_ms = reel.recording.truncated_at_ms
    return MeetingEnded(
        reason="completed" if truncated_at_ms is None else "truncated",
        detail=_detail(reel, truncated_at_ms),
        duration_ms=reel.recording.ended_ms,
        truncated_at_ms=truncated_at_ms,
        spoken_file=spoken,
    )


def _detail(reel: Reel, truncated_at_ms: int | None) -> str | None:
    if truncated_at_ms is None:
        return reel.about.note
    return (
        f"{reel.about.name} breaks off at {truncated_at_ms / 1000:.1f} s; that far it was played."
    )


class _Show:
    """One run through a recording."""

    def __init__(
        self,
        event: Envelope[RecordingUploaded],
        stage: Stage,
        *,
        reel: Reel,
        minutes: Minutes,
        hall: Hall,
        track: SpokenTrack,
    ) -> None:
        self._event, self._stage = event, stage
        self._reel, self._minutes, self._hall, self._track = reel, minutes, hall, track
        self._hurried = event.data.speed == "max"
        self._open_frames: list[FrameId] = []
        self._turns: list[TurnId] = []

    async def run(self, from_ms: int) -> None:
        """To the end, and until what was asked is answered."""
        await self._minutes.started(self._reel.about)
        began_s = self._stage.clock.monotonic() - from_ms / 1000
        until_ms = 0
        while not self._reel.over:
            until_ms += STEP_MS
            ahead_s = began_s + until_ms / 1000 - self._stage.clock.monotonic()
            if not self._hurried and ahead_s > 0:
                await self._stage.clock.sleep(ahead_s)
            await self._step(until_ms)
        await self._hall.concluded(self._turns, timeout_s=self._stage.turn_wait_s)

    async def _step(self, until_ms: int) -> None:
        while scenes := await self._reel.play(until_ms):
            for scene in scenes:
                await self._tell(scene)
            if self._reel.over:
                return

    async def _tell(self, scene: Scene) -> None:
        at_ms = self._reel.position_ms
        if isinstance(scene, Shot):
            await self._show_frame(scene, at_ms)
        elif isinstance(scene, Counted):
            await self._minutes.counted(scene, at_ms)
        else:
            await self._hear(scene, at_ms)

    async def _show_frame(self, shot: Shot, at_ms: int) -> None:
        frame_id = await self._minutes.kept(shot, at_ms)
        if frame_id is None or not self._hurried:
            return
        self._open_frames.append(frame_id)
        await self._await_frames(all_but=MAX_OPEN_FRAMES)

    async def _await_frames(self, *, all_but: int) -> None:
        """At full speed the clock stands until frames are described, or seem to be lost."""
        frames = self._open_frames
        if not await self._hall.described(
            frames, all_but=all_but, timeout_s=self._stage.frame_wait_s
        ):
            frames.clear()

    async def _hear(self, spoken: Spoken, at_ms: int) -> None:
        if self._minutes.is_noted(at_ms):
            return
        utterance = spoken.utterance
        text = await self._transcribe(spoken)
        if not text:
            return
        reason = addressed_by(text, self._event.data.addressing)
        if reason is None:
            await self._minutes.said(utterance, text, at_ms)
            return
        if (shot := await self._reel.ask(spoken)) is not None:
            await self._show_frame(shot, at_ms)
        if self._hurried:
            await self._await_frames(all_but=0)
        turn_id = await self._minutes.asked(utterance, text, reason, at_ms)
        self._turns.append(turn_id)
        self._track.asked(turn_id, utterance.end_ms)
        if self._hurried:
            await self._hall.concluded([turn_id], timeout_s=self._stage.turn_wait_s)

    async def _transcribe(self, spoken: Spoken) -> str:
        samples = spoken.utterance.samples
        length = Quantity.seconds(round(len(samples) / SAMPLE_RATE_HZ, 3))
        model = Model(LOCAL, self._stage.ear.model)
        call = Call(self._event, str(spoken.utterance.start_ms), "stt", model, length)
        async with self._stage.spending.call(call) as held:
            text = await self._stage.ear.transcribe(samples)
            await held.settle(length)
        return text.strip()
