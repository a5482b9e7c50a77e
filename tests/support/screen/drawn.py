"""Screens as the OCR reads them, drawn by numbers: each text with its place, size and colour."""

from contracts.media import Box
from contracts.vision import (
    ConsoleBlock,
    ListBlock,
    MessageBlock,
    PairBlock,
    ScreenStructure,
    StatusBarBlock,
    TableBlock,
    Tone,
)
from vision_worker.domain.reading import Colour, SeenCell

SIZE = (1280, 720)
NARROW, WIDE = frozenset("fijlrtI.,:;'|!()[] "), frozenset("mwMW@%")
"""Letters of 0.3 and of 0.85 type sizes; others have 0.55, in a terminal all 0.6."""

Drawn = list[SeenCell]


def text(  # noqa: PLR0913 - how a text may look
    content: str,
    x: float,
    y: float,
    size: int = 16,
    *,
    tone: Tone | None = None,
    heavy: bool = False,
    paper: Colour | None = None,
) -> SeenCell:
    """A text whose left upper corner is at (x, y)."""
    box = Box(x=round(x), y=round(y), width=round(width_of(content, size)), height=size)
    return SeenCell(text=content, box=box, confidence=0.98, tone=tone, heavy=heavy, paper=paper)


def width_of(content: str, size: int) -> float:
    widths = (0.3 if one in NARROW else 0.85 if one in WIDE else 0.55 for one in content)
    return size * sum(widths)


def right(content: str, edge: float, y: float, size: int = 16) -> SeenCell:
    """A text that ends at `edge`."""
    return text(content, edge - width_of(content, size), y, size)


def centred(content: str, middle: float, y: float, size: int = 16) -> SeenCell:
    return text(content, middle - width_of(content, size) / 2, y, size)


def mono(content: str, column: int, row: int, size: int = 16) -> SeenCell:
    """In a terminal with letters of 0.6 sizes: `column` letters from the left, `row` lines down."""
    width = round(len(content) * 0.6 * size)
    x, y = round(10 + column * 0.6 * size), round(10 + row * 1.35 * size)
    return SeenCell(text=content, box=Box(x=x, y=y, width=width, height=size), confidence=0.98)


def pairs(structure: ScreenStructure) -> dict[str, list[str]]:
    cells = structure.cells
    found = [block for block in structure.blocks if isinstance(block, PairBlock)]
    return {cells[one.label].text: [cells[at].text for at in one.values] for one in found}


def tables(structure: ScreenStructure) -> list[tuple[list[str], list[list[str]]]]:
    """Header and rows of each; "" where a place is empty."""
    found = [block for block in structure.blocks if isinstance(block, TableBlock)]
    return [
        (_texts(structure, one.header), [_texts(structure, row) for row in one.rows])
        for one in found
    ]


def lists(structure: ScreenStructure) -> list[list[str]]:
    found = [block for block in structure.blocks if isinstance(block, ListBlock)]
    return [_texts(structure, one.items) for one in found]


def messages(structure: ScreenStructure) -> list[tuple[str | None, list[str]]]:
    found = [block for block in structure.blocks if isinstance(block, MessageBlock)]
    return [(one.severity, _texts(structure, one.cells)) for one in found]


def status_bars(structure: ScreenStructure) -> list[list[str]]:
    found = [block for block in structure.blocks if isinstance(block, StatusBarBlock)]
    return [_texts(structure, one.cells) for one in found]


def console_lines(structure: ScreenStructure) -> list[tuple[int | None, str | None, str]]:
    """Number, command and text of each line."""
    found = [block for block in structure.blocks if isinstance(block, ConsoleBlock)]
    return [
        (line.number, line.command, structure.cells[line.cell].text)
        for one in found
        for line in one.lines
    ]


def headings(structure: ScreenStructure) -> list[tuple[str, str | None]]:
    """Each with what it stands under."""
    cells = structure.cells
    return [
        (cells[one.cell].text, None if one.under is None else cells[one.under].text)
        for one in structure.headings
    ]


def _texts(structure: ScreenStructure, places: tuple[int | None, ...]) -> list[str]:
    return ["" if at is None else structure.cells[at].text for at in places]
