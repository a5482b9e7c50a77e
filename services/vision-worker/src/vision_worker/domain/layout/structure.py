"""What belongs together on a screen, by geometry, colour and type; no words of any language."""

from collections.abc import Sequence

from contracts.vision import ScreenCell, ScreenStructure
from vision_worker.domain.layout.assembly import Assembly
from vision_worker.domain.layout.console import Columns, console_of
from vision_worker.domain.layout.grids import Grid, with_grids
from vision_worker.domain.layout.monospace import letter_width
from vision_worker.domain.layout.pairs import beside
from vision_worker.domain.layout.panes import Pane, panes
from vision_worker.domain.layout.piece import Piece, pieces_of
from vision_worker.domain.layout.rows import Row, rows_of
from vision_worker.domain.layout.runs import read_run
from vision_worker.domain.layout.status_bar import status_bar
from vision_worker.domain.layout.tables import PAIR, has_header, kind_of, table_rows
from vision_worker.domain.layout.wrapping import unwrapped


def structure_of(cells: Sequence[ScreenCell], size: tuple[int, int]) -> ScreenStructure:
    """The screen's cells in reading order, and which of them belong together.

    Args:
        cells: in any order, in pixels of the frame.
        size: width and height of the frame in pixels.

    Returns:
        Wrapped lines are one cell, "label: value" in one text is two; every text is there once.
    """
    pieces = pieces_of([cell for cell in cells if cell.text.strip()])
    if not pieces:
        return ScreenStructure(cells=(), blocks=())
    assembly = Assembly()
    bar = status_bar(pieces, size)
    rest = unwrapped([piece for piece in pieces if piece not in bar])
    if rest:
        ordered = sorted(rest, key=lambda one: (one.middle, one.left, one.right, one.text))
        _read(panes(ordered), assembly)
    if bar:
        assembly.status_bar(bar)
    return assembly.structure()


def _read(pane: Pane, assembly: Assembly, after: Piece | None = None) -> None:
    """Put down what a pane shows; `after` stands under it."""
    if pane.pieces:
        _read_pieces(pane.pieces, assembly, after)
        return
    for band, below in zip(pane.bands, [*pane.bands[1:], None], strict=True):
        next_piece = _first(below[0]) if below else after
        if len(band) == 1:
            _read(band[0], assembly, next_piece)
            continue
        over = assembly.over
        for side in band:
            assembly.over = over
            _read(side, assembly)
        assembly.over = over


def _first(pane: Pane) -> Piece:
    return pane.pieces[0] if pane.pieces else _first(pane.bands[0][0])


def _read_pieces(pieces: Sequence[Piece], assembly: Assembly, after: Piece | None) -> None:
    letter = letter_width(pieces)
    if letter is not None:
        _read_console(rows_of(pieces), letter, assembly)
        return
    entries = with_grids(rows_of(unwrapped(pieces)))
    parts: list[Grid | list[Row]] = []
    for entry in entries:
        if isinstance(entry, Grid):
            parts.append(entry)
        elif parts and isinstance(parts[-1], list):
            parts[-1].append(entry)
        else:
            parts.append([entry])
    for part, below in zip(parts, [*parts[1:], None], strict=True):
        if isinstance(part, Grid):
            _read_grid(part, assembly)
        else:
            read_run(part, assembly, _top(below) if below else after)


def _top(part: Grid | list[Row]) -> Piece:
    row = part.rows[0] if isinstance(part, Grid) else part[0]
    return next(place[0] for place in row if place)


def _read_console(rows: Sequence[Row], letter: float, assembly: Assembly) -> None:
    for part in console_of(rows, letter):
        if isinstance(part, Columns):
            assembly.table(part.rows[0], part.rows[1:])
        else:
            assembly.console(part)


def _read_grid(grid: Grid, assembly: Assembly) -> None:
    kind = kind_of(grid)
    if kind == "pairs":
        for label, values in grid.rows:
            if label and values:
                assembly.pair(beside(label, values))
            else:
                read_run([[label or values or []]], assembly, None)
    elif kind == "stacks":
        groups = grid.groups()
        for group in groups if min(map(len, groups)) > 1 else [grid.rows]:
            _read_stacks(group, grid.width, assembly)
    else:
        rows = table_rows(grid)
        begin = 1 if has_header(grid) else 0
        assembly.table(rows[0] if begin else (), rows[begin:])


def _read_stacks(
    group: Sequence[Sequence[list[Piece] | None]], width: int, assembly: Assembly
) -> None:
    for index in range(width):
        column = [place for row in group if (place := row[index])]
        if column:
            over = assembly.over
            read_run([[place] for place in column], assembly, None, fields=len(group) == PAIR)
            assembly.over = over
