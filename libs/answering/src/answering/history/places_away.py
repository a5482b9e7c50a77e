"""Places that are not on the screen now, found again when their view returns."""

from collections import defaultdict
from typing import Final, TypeVar

from answering.history.geometry import overlaps
from answering.history.place import Place
from answering.history.placed_text import Corners, PlacedText
from answering.history.same_text import skeleton

GRID_PX: Final = 64
HELD_AT_A_SPOT: Final = 8
"""Of those that stood at one spot, the newest are looked for; older ones keep their history."""
LONG_TEXT_CHARS: Final = 8
"""A text as long as this is the same wherever it stands; "OK" is not."""

Spot = tuple[str, int, int]
"""Key, and the field of the grid."""
KeyT = TypeVar("KeyT")


class PlacesAway:
    """Where a text that is new in a frame may have stood before."""

    def __init__(self) -> None:
        self._by_reading: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self._by_spot: dict[Spot, list[Place]] = defaultdict(list)

    def put(self, place: Place) -> None:
        _hold(self._by_reading[place.key, place.newest.skeleton], place)
        _hold(self._by_spot[_spot(place.key, place.newest.last.box)], place)

    def take(self, place: Place) -> None:
        """It is on the screen again; call it before the place is told what it shows."""
        _drop(self._by_reading, (place.key, place.newest.skeleton), place)
        _drop(self._by_spot, _spot(place.key, place.newest.last.box), place)

    def find(self, text: PlacedText, key: str, stands: set[str]) -> Place | None:
        """The place that showed this text, else the one here whose neighbours stand here again.

        Args:
            text: it has no place yet.
            key: of the text.
            stands: skeletons of all texts of its frame.
        """
        read = skeleton(text.text)
        same = self._by_reading.get((key, read), ())
        here = [place for place in same if overlaps(place.newest.last.box, text.box)]
        if here:
            return here[-1]
        if same and len(read) >= LONG_TEXT_CHARS:
            return same[-1]
        _, column, row = _spot(key, text.box)
        for spot in ((key, column + x, row + y) for x in (0, -1, 1) for y in (0, -1, 1)):
            for place in reversed(self._by_spot.get(spot, ())):
                if overlaps(place.newest.last.box, text.box) and _stands_in(place, stands):
                    return place
        return None


def _stands_in(place: Place, stands: set[str]) -> bool:
    near = place.neighbours
    return bool(near) and 2 * len(stands.intersection(near)) >= len(set(near))


def _spot(key: str, box: Corners) -> Spot:
    return (key, box[0] // GRID_PX, box[1] // GRID_PX)


def _hold(places: list[Place], place: Place) -> None:
    places.append(place)
    if len(places) > HELD_AT_A_SPOT:
        del places[0]


def _drop(index: dict[KeyT, list[Place]], key: KeyT, place: Place) -> None:
    places = index.get(key, [])
    if place in places:
        places.remove(place)
        if not places:
            del index[key]
