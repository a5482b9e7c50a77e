"""Messages and dialogs, in the order in which they came."""

from collections.abc import Sequence

from answering.history.geometry import overlaps
from answering.history.placed_text import PlacedText
from answering.history.same_text import may_be_misread, skeleton
from answering.history.span import Moment, Span
from answering.screen_history import Shown


class Messages:
    """A message is one from when it came until it went; one that comes again is another."""

    def __init__(self) -> None:
        self._all: list[Span] = []
        self._live: list[Span] = []
        # Gone in the frame before: back at once, they were only not read.
        self._just_gone: list[Span] = []

    def see(self, texts: Sequence[PlacedText], at: Moment) -> None:
        live: list[Span] = []
        known = [*self._live, *self._just_gone]
        for text in texts:
            span = next((span for span in known if _is_same(span, text)), None)
            if span is None:
                span = Span(text, at)
                self._all.append(span)
            else:
                known.remove(span)
                if text.text != span.last.text or text.box != span.last.box or not span.is_shown:
                    span.read(text, at)
            live.append(span)
        self._just_gone = [span for span in self._live if span not in live]
        for span in self._just_gone:
            span.end(at)
        self._live = live

    def view(self, now: int) -> tuple[Shown, ...]:
        return tuple(span.shown(now) for span in self._all)


def _is_same(span: Span, text: PlacedText) -> bool:
    return span.skeleton == skeleton(text.text) or (
        overlaps(span.last.box, text.box) and may_be_misread(span.last.text, text.text)
    )
