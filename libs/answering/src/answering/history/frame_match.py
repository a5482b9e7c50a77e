"""Finds each text of a frame its place: by what is read, by its name, by where it stands."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from statistics import median_low
from typing import Final

from answering.history.geometry import nearest, overlaps, share_columns
from answering.history.place import Place
from answering.history.placed_text import Corners, PlacedText
from answering.history.same_text import skeleton
from answering.history.span import Moment

MAX_COMPARED: Final = 256
"""Pairs of equal texts in a frame."""
MOVED_ALIKE_PX: Final = 12


def key_of(text: PlacedText) -> str:
    """What names the text's place: label and heading, as they look; "" nothing does."""
    name = text.label if text.key is None else text.key
    return f"{skeleton(name)}\n{skeleton(text.heading)}" if name else ""


class FrameMatch:
    """A frame while its texts are given to places.

    Attributes:
        before: the places of the frame before, in reading order.
        fresh: texts of this frame without a place, by their identity.
        moves: of texts that stand elsewhere now, from where to where.
    """

    def __init__(self, live: dict[int, Place], texts: Sequence[PlacedText]) -> None:
        self.texts = texts
        self.before = list(live.values())
        self.fresh = {id(text): text for text in texts if id(text) not in live}
        self.is_same = not self.fresh and len(texts) == len(live)
        self._found = {id(text): live[id(text)] for text in texts if id(text) in live}
        self._keys: dict[int, str] = {}
        self._nearest: dict[int, list[int]] = {}
        self.moves: list[tuple[Corners, Corners]] = []
        if not self.is_same:
            kept = {id(place) for place in self._found.values()}
            self._left = {id(place): place for place in self.before if id(place) not in kept}
            self._last = [place.newest.last for place in self.before]

    @property
    def gone(self) -> list[Place]:
        """Places of the frame before that no text of this one has, in reading order."""
        return list(self._left.values())

    @property
    def live(self) -> dict[int, Place]:
        """Of each text its place, in reading order; when all are found."""
        return {id(text): self._found[id(text)] for text in self.texts}

    @cached_property
    def _boxes(self) -> list[Corners]:
        return [text.box for text in self._last]

    @cached_property
    def _number(self) -> dict[int, int]:
        return {id(place): number for number, place in enumerate(self.before)}

    @cached_property
    def names(self) -> Counter[str]:
        """How many texts of this frame bear a name."""
        names = Counter(place.key for place in self._found.values())
        names.update(self.key(text) for text in self.fresh.values())
        return names

    def key(self, text: PlacedText) -> str:
        key = self._keys.get(id(text))
        if key is None:
            key = self._keys[id(text)] = key_of(text)
        return key

    def found(self, text: PlacedText, place: Place) -> None:
        del self.fresh[id(text)]
        self._left.pop(id(place), None)
        self._found[id(text)] = place

    def pair(self, pairs: Iterable[tuple[PlacedText, Place]], at: Moment) -> None:
        for text, place in pairs:
            place.read(text, at)
            self.found(text, place)

    def box_before(self, place: Place) -> Corners:
        return self._boxes[self._number[id(place)]]

    def neighbours_before(self, place: Place) -> tuple[str, ...]:
        """Skeletons of what stood nearest to it in the frame before."""
        return tuple(skeleton(self._last[number].text) for number in self._near(place))

    def is_steady_around(self, place: Place, gone: set[int]) -> bool:
        """Whether half of what stood nearest to it stands still, or moved along."""
        near = self._near(place)
        stays = sum(id(self.before[number]) not in gone for number in near)
        return 2 * stays >= len(near)

    def _near(self, place: Place) -> list[int]:
        number = self._number[id(place)]
        if number not in self._nearest:
            self._nearest[number] = nearest(self._boxes, number)
        return self._nearest[number]


def by_equality(frame: FrameMatch) -> Iterable[tuple[PlacedText, Place]]:
    """What is the same to the pixel, though it came as another object."""
    if frame.fresh:
        equal = {place.newest.last: place for place in frame.gone}
        for text in list(frame.fresh.values()):
            if text in equal:
                yield text, equal[text]


def by_reading(frame: FrameMatch) -> Iterable[tuple[PlacedText, Place]]:
    """The same text under the same name: it stays, or it was moved."""
    if not frame.fresh:
        return
    places: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in frame.gone:
        places[place.key, place.newest.skeleton].append(place)
    texts: dict[tuple[str, str], list[PlacedText]] = defaultdict(list)
    for text in frame.fresh.values():
        texts[frame.key(text), skeleton(text.text)].append(text)
    for read, alike in texts.items():
        for text, place in _nearest_pairs(alike, places.get(read, [])):
            was = place.newest.last.box
            if not overlaps(was, text.box):
                frame.moves.append((was, text.box))
            yield text, place


def _nearest_pairs(
    texts: Sequence[PlacedText], places: Sequence[Place]
) -> Iterable[tuple[PlacedText, Place]]:
    """Each with one of the others, the nearest first; of very many alike, in reading order."""
    if len(texts) * len(places) > MAX_COMPARED:
        yield from zip(texts, places, strict=False)
        return
    pairs = [
        (_apart(place.newest.last.box, text.box), text, place) for text in texts for place in places
    ]
    used: set[int] = set()
    for _, text, place in sorted(pairs, key=lambda pair: pair[0]):
        if id(text) not in used and id(place) not in used:
            used |= {id(text), id(place)}
            yield text, place


def by_position(frame: FrameMatch) -> Iterable[tuple[PlacedText, Place]]:
    """Another text where one stood, if what stood around it still does."""
    places = frame.gone if frame.fresh else []
    if not places or len(places) == len(frame.before) > 1:
        return  # nothing stands around anything
    gone = {id(place) for place in places}
    fresh: dict[str, list[PlacedText]] = defaultdict(list)
    for text in frame.fresh.values():
        fresh[frame.key(text)].append(text)
    for place in places:
        texts = fresh.get(place.key)
        if not texts or not frame.is_steady_around(place, gone):
            continue
        box = _scrolled(frame.box_before(place), frame.moves)
        here = [text for text in texts if overlaps(text.box, box)]
        if here:
            text = min(here, key=lambda text: _apart(text.box, box))
            texts.remove(text)
            yield text, place


def _scrolled(box: Corners, moves: Sequence[tuple[Corners, Corners]]) -> Corners:
    """Where a box should be now, if what moved in its columns moved alike."""
    shifts = [(now[0] - was[0], now[1] - was[1]) for was, now in moves if share_columns(was, box)]
    if not shifts:
        return box
    across, down = (median_low(along) for along in zip(*shifts, strict=True))
    alike = sum(abs(x - across) + abs(y - down) <= MOVED_ALIKE_PX for x, y in shifts)
    if 2 * alike <= len(shifts):
        return box
    return (box[0] + across, box[1] + down, box[2], box[3])


def _apart(a: Corners, b: Corners) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])
