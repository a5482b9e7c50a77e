"""What was read on a frame."""

from dataclasses import dataclass

from contracts.vision import ScreenCell, ScreenLine

Colour = tuple[int, int, int]
"""Red, green, blue; each 0 to 255."""


class SeenCell(ScreenCell):
    """A cell with what its look says of it, beyond its tone; that is not stated in facts.

    Its box is as high as its type is large, whichever letters it has.
    """

    heavy: bool = False
    paper: Colour | None = None


@dataclass(frozen=True)
class Reading:
    """Lines from the top, each from the left; the same texts as cells, as they look."""

    lines: tuple[ScreenLine, ...] = ()
    cells: tuple[SeenCell, ...] = ()
