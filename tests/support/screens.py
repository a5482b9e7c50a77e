"""Screens as they are described, written by hand."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from contracts.ids import FrameId
from contracts.media import Box
from contracts.vision import (
    ConsoleBlock,
    ConsoleLine,
    FrameDescribed,
    Heading,
    MessageBlock,
    PairBlock,
    ScreenBlock,
    ScreenCell,
    ScreenLine,
    ScreenStructure,
    TableBlock,
    TextBlock,
)

NAMESPACE = UUID("5b0f9f6e-0f0c-4c1c-9f0a-3f2c6b1d7a10")
LINE_PX = 24


def a_box(x: int, y: int, text: str) -> Box:
    return Box(x=x, y=y, width=max(8, 10 * len(text)), height=20)


class ScreenBuilder:
    """Collects cells and blocks; each call puts its texts where it is told."""

    def __init__(self, *, jitter: Sequence[int] = (0,)) -> None:
        self._cells: list[ScreenCell] = []
        self._blocks: list[ScreenBlock] = []
        self._headings: list[Heading] = []
        self._jitter = jitter

    def heading(self, text: str, x: int, y: int) -> int:
        at = self._cell(text, x, y)
        self._headings.append(Heading(cell=at))
        return at

    def pair(self, label: str, value: str, x: int, y: int, heading: int | None = None) -> None:
        at, below = self._cell(label, x, y), self._cell(value, x, y + LINE_PX)
        self._blocks.append(PairBlock(label=at, values=(below,), heading=heading))

    def text(self, text: str, x: int, y: int) -> None:
        self._blocks.append(TextBlock(cells=(self._cell(text, x, y),)))

    def table(self, rows: Sequence[Sequence[str]], x: int, y: int) -> None:
        """The first row is the header."""
        grid = [
            tuple(
                self._cell(text, x + 200 * column, y + LINE_PX * row)
                for column, text in enumerate(texts)
            )
            for row, texts in enumerate(rows)
        ]
        self._blocks.append(TableBlock(header=grid[0], rows=tuple(grid[1:])))

    def message(self, text: str, x: int, y: int, *, is_error: bool = True) -> None:
        cell = self._cell(text, x, y)
        severity = "error" if is_error else "success"
        self._blocks.append(MessageBlock(cells=(cell,), severity=severity))

    def terminal(self, lines: Sequence[str], x: int = 40, y: int = 40) -> None:
        """What stands after "$ " is a command."""
        self._blocks.append(
            ConsoleBlock(
                lines=tuple(
                    ConsoleLine(
                        cell=self._cell(text, x, y + LINE_PX * row),
                        command=text[2:] if text.startswith("$ ") else None,
                    )
                    for row, text in enumerate(lines)
                )
            )
        )

    def editor(self, lines: dict[int, str], x: int = 40, y: int = 40) -> None:
        self._blocks.append(
            ConsoleBlock(
                lines=tuple(
                    ConsoleLine(cell=self._cell(text, x, y + LINE_PX * row), number=number)
                    for row, (number, text) in enumerate(lines.items())
                )
            )
        )

    def build(self, *, backwards: bool = False) -> ScreenStructure:
        blocks = self._blocks[::-1] if backwards else self._blocks
        return ScreenStructure(
            cells=tuple(self._cells), blocks=tuple(blocks), headings=tuple(self._headings)
        )

    def _cell(self, text: str, x: int, y: int) -> int:
        moved = self._jitter[len(self._cells) % len(self._jitter)]
        box = a_box(max(0, x + moved), max(0, y - moved), text)
        self._cells.append(ScreenCell(text=text, box=box, confidence=0.9))
        return len(self._cells) - 1


def a_frame(
    shown_at_ms: int, structure: ScreenStructure | None = None, *, name: str = ""
) -> FrameDescribed:
    """Its id goes by its time and name, so that the same frame is the same each time."""
    return FrameDescribed(
        frame_id=FrameId(uuid5(NAMESPACE, f"{shown_at_ms} {name}")),
        shown_at_ms=shown_at_ms,
        lines=(),
        picture=None,
        structure=structure,
    )


def a_frame_of_lines(shown_at_ms: int, lines: Sequence[tuple[str, int, int]]) -> FrameDescribed:
    """As before there was structure: text, x, y of each line."""
    placed = tuple(
        ScreenLine(text=text, box=a_box(x, y, text), confidence=0.9) for text, x, y in lines
    )
    return a_frame(shown_at_ms).model_copy(update={"lines": placed})


def a_terminal(shown_at_ms: int, lines: Sequence[str]) -> FrameDescribed:
    screen = ScreenBuilder()
    screen.terminal(lines)
    return a_frame(shown_at_ms, screen.build())
