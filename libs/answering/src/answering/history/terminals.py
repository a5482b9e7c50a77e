"""Lines of terminals in their order, those that have scrolled away too."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from answering.history.placed_text import PlacedText
from answering.history.same_text import skeleton
from answering.history.span import Moment
from answering.history.terminal import Fit, Terminal
from answering.screen_history import Shown

LOOKED_FOR: Final = 64
"""Of terminals that are not on the screen, so many of the newest."""


class Terminals:
    """Each window, and what follows when one was cleared, is a terminal of its own."""

    def __init__(self) -> None:
        self._all: list[Terminal] = []
        self._live: list[Terminal] = []
        self._texts: Sequence[PlacedText] = ()

    def see(self, texts: Sequence[PlacedText], at: Moment) -> None:
        """Lines of one frame's terminals, in their order."""
        if texts == self._texts:
            return
        self._texts = texts
        away = [one for one in reversed(self._all[-LOOKED_FOR:]) if one not in self._live]
        free, live = [*self._live, *away], list[Terminal]()
        for _, lines in groupby(texts, key=lambda line: line.terminal):
            screen = list(lines)
            terminal, offset = self._continued(screen, free)
            terminal.show(screen, offset, at)
            live.append(terminal)
        for terminal in self._live:
            if terminal not in live:
                terminal.leave(at)
        self._live = live

    def view(self, now: int) -> tuple[Shown, ...]:
        """Terminal by terminal, in the order in which they came."""
        return tuple(shown for terminal in self._all for shown in terminal.view(now))

    def _continued(self, screen: list[PlacedText], free: list[Terminal]) -> tuple[Terminal, int]:
        """The one of which most lines are seen, and where they go; a new one if none is."""
        read = [skeleton(line.text) for line in screen]
        best: tuple[Terminal, Fit] | None = None
        for terminal in free:
            fit = terminal.fit(read)
            if fit is None or not (fit.is_sure or terminal in self._live):
                continue
            if best is None or fit.same > best[1].same:
                best = (terminal, fit)
        if best is None:
            self._all.append(Terminal())
            return self._all[-1], 0
        free.remove(best[0])
        return best[0], best[1].offset
