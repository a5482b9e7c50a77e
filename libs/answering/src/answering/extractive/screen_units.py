"""The pieces of a screen that can be an answer: lines, and lines that belong together."""

from dataclasses import dataclass
from typing import Final

from answering.evidence import Frame
from answering.extractive.passage_units import MAX_UNIT_CHARS, PassageUnit, row_spoken
from answering.text.screen_lines import cells_of, neighbours, read_out
from answering.text.spans import LIST_MARK, plain_text
from contracts.vision import ScreenLine

MIN_LINE_CONFIDENCE: Final = 0.5
"""Below this OCR guesses (measured on icons); a guess is not quoted."""
MIN_READABLE: Final = 2


@dataclass(frozen=True)
class ScreenUnit:
    """A line, or lines that belong together, of one frame.

    Attributes:
        quote: the lines as read, cells two blanks apart as OCR gives them.
        spoken: how it reads aloud.
        key: first cell of a row.
        age: 0 for the newest frame, 1 for the one before, ...
    """

    spoken: str
    quote: str
    frame: Frame
    age: int
    lines: int = 1
    key: str = ""


Unit = PassageUnit | ScreenUnit


def screen_units(frame: Frame, age: int) -> list[ScreenUnit]:
    """Lines of one frame, and neighbours below each other that belong together."""
    lines = [line for line in frame.lines if _is_readable(line)]
    header: tuple[ScreenLine, list[str]] | None = None
    units: list[ScreenUnit] = []
    for line in lines:
        cells = cells_of(line)
        if len(cells) > 1:
            spoken = row_spoken(header[1], cells) if header else ", ".join(cells)
            header = header if header and len(header[1]) == len(cells) else (line, cells)
        else:
            spoken = plain_text(LIST_MARK.sub("", line.text))
        key = cells[0] if len(cells) > 1 else ""
        units.append(ScreenUnit(spoken, line.text.strip(), frame, age, key=key))
    # Older frames are context: their lines are enough.
    for block in neighbours(lines) if age == 0 else ():
        quote = "\n".join(line.text.strip() for line in block)
        if len(quote) <= MAX_UNIT_CHARS:
            units.append(ScreenUnit(read_out(block), quote, frame, age, len(block)))
    return [unit for unit in units if unit.spoken]


def _is_readable(line: ScreenLine) -> bool:
    return (
        line.confidence >= MIN_LINE_CONFIDENCE
        and sum(c.isalnum() for c in line.text) >= MIN_READABLE
    )
