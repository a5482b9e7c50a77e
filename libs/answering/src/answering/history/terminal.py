"""One terminal: screens of it put together by the lines that they share."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from answering.history.placed_text import PlacedText
from answering.history.same_text import may_be_misread, skeleton
from answering.history.span import Moment, Span
from answering.screen_history import Shown

EQUAL_LINES_TRIED: Final = 32
"""Of equal lines, so many of the newest are tried."""


@dataclass(frozen=True)
class Fit:
    """Where a screen goes in what is known.

    Attributes:
        offset: number of its first line.
        same: lines of it that are known there.
        differ: lines of it that are known otherwise; the last known line may be overwritten.
        height: lines of the screen.
    """

    offset: int
    same: int
    differ: int
    height: int

    @property
    def is_likely(self) -> bool:
        return self.same > self.differ

    @property
    def is_sure(self) -> bool:
        """Sure enough for a terminal that was not on the screen."""
        return self.is_likely and 2 * self.same >= min(self.height, 4)


class Terminal:
    """Lines by number; numbers go on in both directions, because somebody may scroll up."""

    def __init__(self) -> None:
        self._lines: dict[int, Span] = {}
        # As they were read when they came: a line is looked for by that.
        self._skeletons: dict[int, str] = {}
        self._numbers: dict[str, list[int]] = {}
        self._first = self._end = 0
        self._window = range(0)

    def fit(self, read: Sequence[str]) -> Fit | None:
        """Where a screen goes; None: it shows nothing that is known.

        First where it was, then moved on by less than half, then where most lines are known.

        Args:
            read: skeletons of its lines.
        """
        fits = [fit for fit in self._tried(read) if fit.is_likely]
        exact = [fit for fit in fits if not fit.differ]
        was = self._window.start
        for fit in exact:
            if fit.offset == was:
                return fit
        on = [fit for fit in exact if fit.offset > was and 2 * fit.same >= len(read)]
        if on:
            return min(on, key=lambda fit: fit.offset)
        best = max(fits, key=lambda fit: (fit.same, fit.offset), default=None)
        return best or self._grown(read)

    def show(self, screen: Sequence[PlacedText], offset: int, at: Moment) -> None:
        """These lines are what is seen of it now, the first one at `offset`."""
        window = range(offset, offset + len(screen))
        for number in self._window:
            if number not in window:
                self._lines[number].end(at)
        last = self._end - 1
        for number, text in zip(window, screen, strict=True):
            span = self._lines.get(number)
            if span is None:
                self._put(number, text, at)
            elif span.skeleton == skeleton(text.text) or may_be_misread(span.last.text, text.text):
                span.read(text, at)
            elif number == last or number not in (window[0], window[-1]):
                self._put(number, text, at)
            else:
                # Cut in half by the window's edge.
                span.read(span.last, at)
        self._first, self._end = min(self._first, offset), max(self._end, window.stop)
        self._window = window

    def leave(self, at: Moment) -> None:
        """It is not on the screen any more."""
        for number in self._window:
            self._lines[number].end(at)
        self._window = range(self._window.start, self._window.start)

    def view(self, now: int) -> Iterator[Shown]:
        return (self._lines[number].shown(now) for number in range(self._first, self._end))

    def _tried(self, read: Sequence[str]) -> Iterator[Fit]:
        offsets = Counter(
            number - row
            for row, text in enumerate(read)
            for number in self._numbers.get(text, ())[-EQUAL_LINES_TRIED:]
        )
        for offset, same in offsets.items():
            start, end = max(offset, self._first), min(offset + len(read), self._end)
            known = end - start
            if end == self._end and self._skeletons[end - 1] != read[end - 1 - offset]:
                known -= 1
            yield Fit(offset, same, known - same, len(read))

    def _grown(self, read: Sequence[str]) -> Fit | None:
        """Where it was, if all that is known of it is a line that is being typed."""
        start = self._window.start
        if len(self._window) == 1 and start == self._end - 1:
            was = self._skeletons[start]
            if was and read[0].startswith(was):
                return Fit(start, 1, 0, len(read))
        return None

    def _put(self, number: int, text: PlacedText, at: Moment) -> None:
        """A new line, or another text in its place; what it is the output of is its label."""
        if number in self._lines:
            self._numbers[self._skeletons[number]].remove(number)
        above = self._lines.get(number - 1)
        label = (above.last.command or above.label) if above and not text.command else ""
        self._lines[number] = Span(text, at, label)
        self._skeletons[number] = skeleton(text.text)
        self._numbers.setdefault(self._skeletons[number], []).append(number)
