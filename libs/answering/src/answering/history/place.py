"""A place on the screen, and what stood there one after the other."""

from typing import Final

from answering.history.placed_text import PlacedText
from answering.history.same_text import may_be_misread, skeleton
from answering.history.span import Moment, Span
from answering.screen_history import Shown

FLICKER_FRAMES: Final = 2
"""A misreading is gone again after so many kept frames."""


class Place:
    """The texts of one place, oldest first.

    Attributes:
        key: what names it; "" nothing does.
        neighbours: skeletons of the texts that stood nearest when it was last seen.
    """

    __slots__ = ("_view", "key", "neighbours", "spans")

    def __init__(self, key: str, text: PlacedText, at: Moment) -> None:
        self.key = key
        self.neighbours: tuple[str, ...] = ()
        self.spans = [Span(text, at)]
        self._view: tuple[Shown, ...] | None = None

    @property
    def newest(self) -> Span:
        return self.spans[-1]

    def read(self, text: PlacedText, at: Moment, *, was_missed: bool = False) -> None:
        """A text stands here; `was_missed`: it was away for one frame that showed all the rest."""
        self._view = None
        newest = self.newest
        if newest.skeleton == skeleton(text.text):
            if newest.is_shown or was_missed:
                newest.read(text, at)
            else:
                self.spans.append(Span(text, at))
            return
        if newest.is_shown:
            newest.end(at)
            if self._was_flicker(text, at):
                self.spans.pop()
                self.newest.read(text, at)
                return
        self.spans.append(Span(text, at))

    def end(self, at: Moment) -> None:
        self._view = None
        self.newest.end(at)

    def view(self, now: int) -> tuple[Shown, ...]:
        """As `Span.shown`; the same as before while nothing changes here."""
        if self._view is None or self.newest.is_undecided:
            self._view = tuple(span.shown(now) for span in self.spans)
        return self._view

    def _was_flicker(self, text: PlacedText, at: Moment) -> bool:
        """Whether what stands here until now is a misreading between two of one text."""
        if len(self.spans) == 1:
            return False
        before, newest = self.spans[-2:]
        return (
            before.until_ms == newest.from_ms
            and before.skeleton == skeleton(text.text)
            and newest.frames_by(at.number) <= FLICKER_FRAMES
            and may_be_misread(newest.last.text, text.text)
        )
