"""Plays a recorded meeting into its session."""

from functools import partial

from contracts.fact import Envelope
from contracts.media import MeetingEnded, MeetingNote
from contracts.sessions import RecordingUploaded
from media_agent.meeting.background import background
from media_agent.meeting.feed_listener import FeedListener
from media_agent.recorded.outbox import RecordingOutbox
from media_agent.recorded.player import RecordingPlayer
from media_agent.recorded.progress import RecordingProgress
from media_agent.recorded.session import RecordingDeps, RecordingSession
from media_agent.recorded.spoken_answers import SpokenAnswersTrack
from runtime.bus import Delivery


async def play_recording(
    event: Envelope[RecordingUploaded], delivery: Delivery, deps: RecordingDeps
) -> MeetingEnded:
    """Play, while the feed is listened to and answers are spoken.

    Raises:
        RejectedError: it cannot be played, ever.
    """
    progress, noted_ms = RecordingProgress(), delivery.noted_ms
    track = SpokenAnswersTrack(progress.answers, deps.speech_for(event))
    async with (
        deps.files.local(event.tenant_id, event.data.file) as path,
        RecordingPlayer(deps.player_deps, path, event.data.name) as player,
    ):
        outbox = RecordingOutbox(event, delivery, lambda: player.position_ms)
        listener = FeedListener(deps.follow, outbox.session_id, deps.clock)
        session = RecordingSession(
            event, deps, player=player, outbox=outbox, progress=progress, track=track
        )
        async with background(partial(listener.run, progress.take), track.run):
            await session.run(noted_ms)
            spoken_file = await track.finish(
                deps.files, event.tenant_id, f"spoken/{outbox.session_id}.wav"
            )
        # What an earlier owner heard is not known here: its silence is none.
        has_audio = player.about.has_audio and noted_ms is None
        notes = session.languages.added_to(player.recording.notes, has_audio=has_audio)
    return _ended(player, spoken_file, notes)


def _ended(
    player: RecordingPlayer, spoken_file: str | None, notes: tuple[MeetingNote, ...]
) -> MeetingEnded:
    about, truncated_at_ms = player.about, player.recording.truncated_at_ms
    breaks_off = f"{about.name} breaks off at {(truncated_at_ms or 0) / 1000:.1f} s"
    return MeetingEnded(
        reason="completed" if truncated_at_ms is None else "truncated",
        detail=about.note if truncated_at_ms is None else f"{breaks_off}; that far it was played.",
        duration_ms=player.recording.ended_ms,
        truncated_at_ms=truncated_at_ms,
        spoken_file=spoken_file,
        notes=notes,
    )
