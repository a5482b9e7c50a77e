"""Cells, blocks and headings, as they are put down in the order of reading."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.vision import (
    ConsoleBlock,
    ConsoleLine,
    Heading,
    ListBlock,
    MessageBlock,
    PairBlock,
    ScreenBlock,
    ScreenCell,
    ScreenStructure,
    StatusBarBlock,
    TableBlock,
    TextBlock,
)
from vision_worker.domain.geometry.piece import Piece
from vision_worker.domain.layout.console import Line
from vision_worker.domain.layout.stacks import Pair

SEVERITY = {"red": "error", "amber": "warning", "green": "success"}


@dataclass(frozen=True)
class Over:
    """A heading that stands over what comes next."""

    index: int
    piece: Piece

    def is_over(self, piece: Piece) -> bool:
        if self.piece.size > 1.12 * piece.size:
            return True
        return self.piece.heavy and not piece.heavy and self.piece.size > 0.95 * piece.size


@dataclass
class Assembly:
    """What was put down so far; `over`: the headings over what comes next, the largest first."""

    cells: list[ScreenCell] = field(default_factory=list[ScreenCell])
    blocks: list[ScreenBlock] = field(default_factory=list[ScreenBlock])
    headings: list[Heading] = field(default_factory=list[Heading])
    over: tuple[Over, ...] = ()
    _places: dict[Piece, int] = field(default_factory=dict[Piece, int])

    def structure(self) -> ScreenStructure:
        return ScreenStructure(
            cells=tuple(self.cells), blocks=tuple(self.blocks), headings=tuple(self.headings)
        )

    def heading(self, piece: Piece) -> None:
        kept = tuple(one for one in self.over if one.is_over(piece))
        index = self._at(piece)
        self.headings.append(Heading(cell=index, under=kept[-1].index if kept else None))
        self.over = (*kept, Over(index, piece))

    def table(self, header: Sequence[Piece | None], rows: Sequence[Sequence[Piece | None]]) -> None:
        head = tuple(piece and self._at(piece) for piece in header)
        places = tuple(tuple(piece and self._at(piece) for piece in row) for row in rows)
        self.blocks.append(TableBlock(header=head, rows=places, heading=self._heading))

    def pair(self, pair: Pair) -> None:
        heading = self._heading
        self._all([pair.label, *pair.values])
        values = tuple(self._at(piece) for piece in pair.values)
        self.blocks.append(PairBlock(label=self._at(pair.label), values=values, heading=heading))

    def items(self, pieces: Sequence[Piece]) -> None:
        self.blocks.append(ListBlock(items=self._all(pieces), heading=self._heading))

    def message(self, pieces: Sequence[Piece]) -> None:
        """Its severity is that of the first text in a signal colour; a button's blue is none."""
        tone = next((one.tone for one in pieces if one.tone in SEVERITY), None)
        severity = SEVERITY[tone] if tone else None
        self.blocks.append(
            MessageBlock.model_validate(
                {"cells": self._all(pieces), "severity": severity, "heading": self._heading}
            )
        )

    def console(self, lines: Sequence[Line]) -> None:
        placed = tuple(
            ConsoleLine(cell=self._at(line.piece), number=line.number, command=line.command)
            for line in lines
        )
        self.blocks.append(ConsoleBlock(lines=placed, heading=self._heading))

    def status_bar(self, pieces: Sequence[Piece]) -> None:
        self.blocks.append(StatusBarBlock(cells=self._all(pieces)))

    def text(self, pieces: Sequence[Piece]) -> None:
        self.blocks.append(TextBlock(cells=self._all(pieces), heading=self._heading))

    @property
    def _heading(self) -> int | None:
        return self.over[-1].index if self.over else None

    def _all(self, pieces: Sequence[Piece]) -> tuple[int, ...]:
        return tuple(self._at(piece) for piece in pieces)

    def _at(self, piece: Piece) -> int:
        if piece not in self._places:
            self._places[piece] = len(self.cells)
            self.cells.append(piece.cell())
        return self._places[piece]
