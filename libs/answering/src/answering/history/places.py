"""All places of a session's screen, frame by frame."""

from collections.abc import Iterable, Sequence

from answering.history.frame_match import FrameMatch, by_equality, by_position, by_reading
from answering.history.place import Place
from answering.history.placed_text import PlacedText
from answering.history.places_away import PlacesAway
from answering.history.same_text import skeleton
from answering.history.span import Moment
from answering.screen_history import Shown


class Places:
    """All places of a session; `see` takes the frames in the order of their time."""

    def __init__(self) -> None:
        self._all: list[Place] = []
        self._by_key: dict[str, list[Place]] = {}
        self._away = PlacesAway()
        # By the identity of the text that each place holds: what frames share is found at once.
        self._live: dict[int, Place] = {}
        self._missed_in = -1

    def see(self, texts: Sequence[PlacedText], at: Moment) -> None:
        """Texts of one frame, all but messages and terminals, in reading order."""
        frame = FrameMatch(self._live, texts)
        if frame.is_same:
            return
        frame.pair(by_equality(frame), at)
        frame.pair(by_reading(frame), at)
        frame.pair(self._by_name(frame), at)
        frame.pair(by_position(frame), at)
        gone = frame.gone
        self._put_away(frame, gone, at)
        self._return(frame, at)
        for text in list(frame.fresh.values()):
            frame.found(text, self._new(text, frame.key(text), at))
        self._live = frame.live
        # A frame that lost most of what stood there shows another view; nothing was missed in it.
        if 2 * len(gone) <= len(frame.before):
            self._missed_in = at.number

    def view(self, now: int) -> tuple[tuple[Shown, ...], ...]:
        """In the order in which they came."""
        return tuple(place.view(now) for place in self._all)

    def _new(self, text: PlacedText, key: str, at: Moment) -> Place:
        place = Place(key, text, at)
        self._all.append(place)
        if key:
            self._by_key.setdefault(key, []).append(place)
        return place

    def _by_name(self, frame: FrameMatch) -> Iterable[tuple[PlacedText, Place]]:
        for text in list(frame.fresh.values()):
            place = self._only(frame, text)
            if place and place.newest.is_shown:
                yield text, place

    def _only(self, frame: FrameMatch, text: PlacedText) -> Place | None:
        """The place of a name that has one place, and stands once in the frame."""
        key = frame.key(text)
        places = self._by_key.get(key, ())
        return places[0] if len(places) == 1 and frame.names[key] == 1 else None

    def _put_away(self, frame: FrameMatch, gone: Sequence[Place], at: Moment) -> None:
        for place in gone:
            # What has a name of its own is found by that.
            if len(self._by_key.get(place.key, ())) != 1:
                place.neighbours = frame.neighbours_before(place)
            place.end(at)
            self._away.put(place)

    def _return(self, frame: FrameMatch, at: Moment) -> None:
        """What was away: by name, by its text, or where its neighbours are back."""
        if not frame.fresh:
            return
        stands = {skeleton(text.text) for text in frame.texts}
        for text in list(frame.fresh.values()):
            place = self._only(frame, text) or self._away.find(text, frame.key(text), stands)
            if place is not None and not place.newest.is_shown:
                self._away.take(place)
                was_missed = place.newest.until == at.number - 1 == self._missed_in
                place.read(text, at, was_missed=was_missed)
                frame.found(text, place)
