"""What stood on a session's screen, where, and from when until when."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
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

    def stood_at(self, t_ms: int) -> bool:
        return self.from_ms <= t_ms and (self.until_ms is None or t_ms < self.until_ms)


@dataclass(frozen=True)
class ScreenHistory:
    """A session's screen over time.

    Attributes:
        places: of each place on the screen the texts that stood there, oldest first.
        messages: messages and dialogs in the order they came.
        console: lines of terminals in their order, those that have scrolled away too.
        newest_ms: session time of the newest frame; None without a frame.
        left_out_until_ms: of what stood until then something is left out, because there was too
            much; None: nothing is.
    """

    places: tuple[tuple[Shown, ...], ...] = ()
    messages: tuple[Shown, ...] = ()
    console: tuple[Shown, ...] = ()
    newest_ms: int | None = None
    left_out_until_ms: int | None = None

    def all_shown(self) -> Iterator[Shown]:
        """Every text of it: of places, messages, console."""
        yield from chain.from_iterable(self.places)
        yield from self.messages
        yield from self.console

    def values_at(self, t_ms: int) -> tuple[Shown, ...]:
        """What the screen showed at a time: came by then and went later, or is shown still."""
        return tuple(one for one in self.all_shown() if one.stood_at(t_ms))

    def shown_between(self, from_ms: int, until_ms: int) -> tuple[Shown, ...]:
        """What was shown at some time in [from_ms, until_ms]."""
        return tuple(
            one
            for one in self.all_shown()
            if one.from_ms <= until_ms and (one.until_ms is None or one.until_ms > from_ms)
        )

    def previous_value(self, shown: Shown) -> Shown | None:
        """The last other text that stood at its place before it; None: it is the first there."""
        for place in self.places:
            if shown in place:
                before = place[: place.index(shown)]
                return next((one for one in reversed(before) if one.text != shown.text), None)
        return None

    def latest_messages(self, severity: Severity | None = None) -> tuple[Shown, ...]:
        """The newest first; of one severity, or of any."""
        found = [one for one in self.messages if severity in (None, one.severity)]
        return tuple(sorted(found, key=lambda one: one.from_ms, reverse=True))
