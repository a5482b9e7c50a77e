"""What is said about a frame that was read, and about one that was not."""

from contracts.feed import Described
from contracts.ids import EventId
from contracts.media import FrameKept
from contracts.vision import FrameDescribed, ScreenStructure
from vision_worker.domain.reading import Reading


def describe(
    frame: FrameKept,
    reading: Reading,
    structure: ScreenStructure | None = None,
    caption: str | None = None,
) -> FrameDescribed:
    """A frame that was read. No policy masks anything yet, so the picture is the frame itself."""
    return FrameDescribed(
        frame_id=frame.frame_id,
        shown_at_ms=frame.shown_at_ms,
        lines=reading.lines,
        picture=frame.picture,
        caption=caption,
        structure=structure,
    )


def give_up(frame: FrameKept) -> FrameDescribed:
    """A frame that nobody can read any more: whoever waits for it need not wait longer."""
    return FrameDescribed(
        frame_id=frame.frame_id, shown_at_ms=frame.shown_at_ms, lines=(), picture=None
    )


def feed_entry(described: FrameDescribed, event_id: EventId) -> Described:
    """The feed's entry for a fact; without a picture nothing was read."""
    return Described(
        event_id=event_id,
        frame_id=described.frame_id,
        shown_at_ms=described.shown_at_ms,
        lines=described.lines,
        structure=described.structure,
        caption=described.caption,
        shed=described.picture is None,
    )
