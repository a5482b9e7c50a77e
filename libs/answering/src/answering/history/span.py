"""A text that stands, or stood, at one place."""

from functools import lru_cache
from typing import Final

from answering.history.placed_text import Corners, PlacedText
from answering.history.same_text import skeleton
from answering.screen_history import Shown
from contracts.ids import FrameId
from contracts.media import Box

REMEMBERED_BOXES: Final = 16_384


class Moment:
    """A frame on its way through the fold: its number, id and time."""

    __slots__ = ("frame_id", "ms", "number")

    def __init__(self, number: int, frame_id: FrameId, ms: int) -> None:
        self.number = number
        self.frame_id = frame_id
        self.ms = ms


class Span:
    """One text from when it came until it went; of its readings the one seen most often counts."""

    __slots__ = (
        "_readings",
        "_shown",
        "_since",
        "from_ms",
        "label",
        "last",
        "skeleton",
        "until",
        "until_ms",
    )

    def __init__(self, text: PlacedText, at: Moment, label: str | None = None) -> None:
        self.last = text
        self.skeleton = skeleton(text.text)
        self.label = text.label if label is None else label
        self.from_ms = at.ms
        self.until: int | None = None
        self.until_ms: int | None = None
        self._since = at.number
        self._shown: Shown | None = None
        # Of each reading in how many frames it was seen, and in which one first.
        self._readings: dict[str, tuple[int, FrameId]] = {text.text: (0, at.frame_id)}

    @property
    def is_shown(self) -> bool:
        return self.until is None

    @property
    def is_undecided(self) -> bool:
        """Its next frames tell which of its readings counts."""
        return self.is_shown and len(self._readings) > 1

    def read(self, text: PlacedText, at: Moment) -> None:
        """It is seen again: perhaps moved, perhaps read otherwise, perhaps back."""
        self._shown = None
        if text.text != self.last.text or not self.is_shown:
            self._count(at.number)
            self._since = at.number
            self._readings.setdefault(text.text, (0, at.frame_id))
            self.skeleton = skeleton(text.text)
        self.last = text
        self.until = self.until_ms = None

    def end(self, at: Moment) -> None:
        """The first frame without it."""
        self._shown = None
        self._count(at.number)
        self._since = at.number
        self.until, self.until_ms = at.number, at.ms

    def frames_by(self, number: int) -> int:
        """In how many frames it was seen before the frame with this number."""
        return sum(count for count, _ in self._readings.values()) + (
            number - self._since if self.is_shown else 0
        )

    def shown(self, now: int) -> Shown:
        """As it is known when the frame with this number was the newest."""
        if self._shown is None or self.is_undecided:
            self._shown = self._as_shown(now)
        return self._shown

    def _as_shown(self, now: int) -> Shown:
        text = self.last
        reading, frame_id = self._best(now)
        return Shown(
            text=reading,
            kind=text.kind,
            box=_box(text.box),
            frame_id=frame_id,
            from_ms=self.from_ms,
            until_ms=self.until_ms,
            label=self.label,
            heading=text.heading,
            severity=text.severity,
            tone=text.tone,
        )

    def _count(self, number: int) -> None:
        if self.is_shown:
            count, frame_id = self._readings[self.last.text]
            self._readings[self.last.text] = (count + number - self._since, frame_id)

    def _best(self, now: int) -> tuple[str, FrameId]:
        if len(self._readings) == 1:
            ((reading, (_, frame_id)),) = self._readings.items()
            return reading, frame_id
        counts = {reading: count for reading, (count, _) in self._readings.items()}
        if self.is_shown:
            counts[self.last.text] += now + 1 - self._since
        # Of those seen as often, the first.
        best = max(counts, key=lambda reading: counts[reading])
        return best, self._readings[best][1]


@lru_cache(maxsize=REMEMBERED_BOXES)
def _box(corners: Corners) -> Box:
    x, y, width, height = corners
    return Box(x=x, y=y, width=width, height=height)
