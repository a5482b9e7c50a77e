"""Lines of a screen: which belong together, and how they read."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from contracts.vision import ScreenLine

MAX_BLOCK_LINES: Final = 4
LABEL_CHARS: Final = 40
_SPLIT_CELLS: Final = re.compile(r"\s*\|\s*|\t+|\s{2,}")


def cells_of(line: ScreenLine) -> list[str]:
    """What stands side by side in one line; OCR sets cells two blanks apart."""
    return [cell for cell in _SPLIT_CELLS.split(line.text.strip()) if cell]


def neighbours(lines: Sequence[ScreenLine]) -> Iterator[list[ScreenLine]]:
    """Runs of two to four lines below each other: a wrapped message, a price under its name."""
    for first, line in enumerate(lines):
        run = [line]
        for other in lines[first + 1 :]:
            if len(run) == MAX_BLOCK_LINES:
                break
            if _is_below(run[-1], other):
                run.append(other)
                yield list(run)


def _is_below(upper: ScreenLine, lower: ScreenLine) -> bool:
    a, b = upper.box, lower.box
    gap = b.y - (a.y + a.height)
    overlap = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    return -0.3 * a.height <= gap <= 1.2 * max(a.height, b.height) and overlap > 0.5 * min(
        a.width, b.width
    )


def read_out(block: Sequence[ScreenLine]) -> str:
    """Lines below each other as one text: wrapped prose joined by blanks, else by commas."""
    spoken = ""
    for line in block:
        text = ", ".join(cells_of(line))
        if not spoken:
            spoken = text
        elif text[:1].islower() or spoken[-1:] in ".,:;!?-":
            spoken = f"{spoken} {text}"
        else:
            spoken = f"{spoken}, {text}" if len(spoken) < LABEL_CHARS else f"{spoken} {text}"
    return spoken
