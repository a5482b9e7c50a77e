"""What arrives at the media agent: a recording, and that one was given up."""

from collections.abc import Sequence

from contracts.errors import RejectedError
from contracts.fact import Envelope, Fact
from contracts.feed import Ended
from contracts.media import MeetingEnded
from contracts.sessions import RecordingUploaded
from media_agent.ports.outbox import Tell
from media_agent.recorded.play import play_recording
from media_agent.recorded.session import RecordingDeps
from runtime.bus import Delivery, GivenUp, following_id


async def on_recording_uploaded(
    event: Envelope[RecordingUploaded], delivery: Delivery, *, deps: RecordingDeps
) -> Sequence[Fact]:
    """Play it from the beginning, or on from where an earlier owner came."""
    try:
        ended = await play_recording(event, delivery, deps)
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
