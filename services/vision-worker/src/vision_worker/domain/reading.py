"""What was read on a frame."""

from dataclasses import dataclass

from contracts.vision import ScreenCell, ScreenLine


@dataclass(frozen=True)
class Reading:
    """Lines from the top, each from the left; the same texts as cells, as they look."""

    lines: tuple[ScreenLine, ...] = ()
    cells: tuple[ScreenCell, ...] = ()
