"""What stood on a session's screen, where, and from when until when."""

from dataclasses import dataclass
from typing import Literal

from contracts.ids import FrameId
from contracts.media import Box
from contracts.vision import Tone

BlockKind = Literal["table", "pair", "list", "message", "console", "status_bar", "text", "heading"]
Severity = Literal["error", "warning", "success", "info"]


@dataclass(frozen=True)
class Shown:
    """A text that stood at one place for a while.

    Attributes:
        label: what names the text: a pair's label, a table's "row, column"; "" without one.
        heading: the nearest heading over it; "" without one.
        from_ms: session time of the first frame that showed it.
        until_ms: of the first frame that did not any more; None: the newest frame shows it.
        frame_id: the first frame that showed it, to be cited.
    """

    text: str
    kind: BlockKind
    box: Box
    frame_id: FrameId
    from_ms: int
    until_ms: int | None = None
    label: str = ""
    heading: str = ""
    severity: Severity | None = None
    tone: Tone | None = None


@dataclass(frozen=True)
class ScreenHistory:
    """A session's screen over time.

    Attributes:
        places: of each place on the screen the texts that stood there, oldest first.
        messages: messages and dialogs in the order they came.
        console: lines of terminals in their order, those that have scrolled away too.
        newest_ms: session time of the newest frame; None without a frame.
    """

    places: tuple[tuple[Shown, ...], ...] = ()
    messages: tuple[Shown, ...] = ()
    console: tuple[Shown, ...] = ()
    newest_ms: int | None = None
