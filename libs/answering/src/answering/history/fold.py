"""A session's screen over time, folded from its frames."""

from bisect import bisect_left, bisect_right
from typing import Final

from answering.history.messages import Messages
from answering.history.placed_text import Described, PlacedText, SeenFrame, seen
from answering.history.places import Places
from answering.history.span import Moment
from answering.history.terminals import Terminals
from answering.screen_history import ScreenHistory

MAX_TEXTS: Final = 120_000
"""An hour of 22 frames a minute with 80 texts each, of which no two are shared, is 105,600."""
THINNED_RATIO: Final = 0.75


class History:
    """The frames of a session. Immutable; in which order frames came, and how often, is all one.

    Not for two threads at once: what was folded is remembered, for the next frame and question.

    Attributes:
        frames: by their time.
        left_out_until_ms: as in `ScreenHistory`.
    """

    def __init__(self, *, max_texts: int = MAX_TEXTS) -> None:
        self.frames: tuple[SeenFrame, ...] = ()
        self.left_out_until_ms: int | None = None
        self.text_count = 0
        self._max_texts = max_texts
        self._memo = _Memo()

    def add(self, frame: Described) -> "History":
        """With this frame, at its time."""
        placed = seen(frame)
        at = self._place_of(placed)
        return self.add_seen(placed.sharing(self.frames[at - 1]) if at else placed)

    def add_seen(self, frame: SeenFrame) -> "History":
        """With a frame whose texts are placed, and shared with another's, already."""
        at = self._place_of(frame)
        if at < len(self.frames) and self.frames[at].frame_id == frame.frame_id:
            return self
        grown = self._with((*self.frames[:at], frame, *self.frames[at:]), frame.own_count)
        if frame.is_cut:
            grown = grown.left_out(frame.shown_at_ms)
        return grown if grown.text_count <= self._max_texts else grown._thinned()

    def left_out(self, until_ms: int) -> "History":
        """Knowing that something is left out of what stood until then."""
        same = self._with(self.frames, 0)
        same.left_out_until_ms = max(until_ms, self.left_out_until_ms or 0)
        return same

    def view(self, until_ms: int | None = None) -> ScreenHistory:
        """As it was when this time was now (None: as it is): later frames are not in it."""
        frames = self.frames
        if until_ms is not None:
            frames = frames[: bisect_right(frames, until_ms, key=lambda one: one.shown_at_ms)]
        fold = self._memo.fold_of(frames)
        return ScreenHistory(
            places=fold.places.view(fold.now),
            messages=fold.messages.view(fold.now),
            console=fold.terminals.view(fold.now),
            newest_ms=frames[-1].shown_at_ms if frames else None,
            left_out_until_ms=self.left_out_until_ms,
        )

    def _place_of(self, frame: SeenFrame) -> int:
        newest = self.frames[-1:]
        if newest and newest[0].order < frame.order:
            return len(self.frames)
        return bisect_left(self.frames, frame.order, key=lambda one: one.order)

    def _with(self, frames: tuple[SeenFrame, ...], more_texts: int) -> "History":
        other = History(max_texts=self._max_texts)
        other.frames, other.text_count = frames, self.text_count + more_texts
        other.left_out_until_ms, other._memo = self.left_out_until_ms, self._memo
        return other

    def _thinned(self) -> "History":
        """Without what nothing names in the older half, then without the oldest frames."""
        half = len(self.frames) // 2
        frames = [frame.named() for frame in self.frames[:half]] + list(self.frames[half:])
        own_counts = _own_counts(frames)
        count, dropped = sum(own_counts), 0
        while count > THINNED_RATIO * self._max_texts and dropped < len(frames) - 1:
            count -= own_counts[dropped]
            dropped += 1
        other = self._with(tuple(frames[dropped:]), 0)
        other.text_count = count
        return other.left_out(self.frames[max(half, dropped) - 1].shown_at_ms)


def _own_counts(frames: list[SeenFrame]) -> list[int]:
    """Of each frame, how many texts no later frame shares."""
    held: set[int] = set()
    counts: list[int] = []
    for frame in reversed(frames):
        texts = {id(text) for text in frame.texts}
        counts.append(len(texts - held))
        held = texts
    return counts[::-1]


class _Fold:
    def __init__(self) -> None:
        self.places, self.messages, self.terminals = Places(), Messages(), Terminals()
        self.now = -1

    def see(self, frame: SeenFrame) -> None:
        self.now += 1
        at = Moment(self.now, frame.frame_id, frame.shown_at_ms)
        messages: list[PlacedText] = []
        lines: list[PlacedText] = []
        others: list[PlacedText] = []
        for text in frame.texts:
            if text.kind == "message":
                messages.append(text)
            elif text.terminal is not None:
                lines.append(text)
            else:
                others.append(text)
        self.messages.see(messages, at)
        self.terminals.see(lines, at)
        self.places.see(others, at)


class _Memo:
    """The last fold: most often the next one goes on from there."""

    def __init__(self) -> None:
        self._fold, self._frames = _Fold(), tuple[SeenFrame, ...]()

    def fold_of(self, frames: tuple[SeenFrame, ...]) -> _Fold:
        # Tuples compare by identity first, so this costs next to nothing.
        if self._frames != frames[: len(self._frames)]:
            self._fold, self._frames = _Fold(), ()
        for frame in frames[len(self._frames) :]:
            self._fold.see(frame)
        self._frames = frames
        return self._fold
