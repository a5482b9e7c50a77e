"""What belongs together on a screen, by geometry, colour and type; no words of any language."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from contracts.vision import ScreenCell, ScreenStructure
from vision_worker.domain.geometry.grids import Grid, with_grids
from vision_worker.domain.geometry.monospace import letter_width
from vision_worker.domain.geometry.overlays import notices, overlay
from vision_worker.domain.geometry.panes import Pane, leaves, panes
from vision_worker.domain.geometry.piece import Piece, in_order, pieces_of
from vision_worker.domain.geometry.rows import Row, all_pieces, is_mark, rows_of
from vision_worker.domain.geometry.wrapping import unwrapped
from vision_worker.domain.layout.assembly import Assembly
from vision_worker.domain.layout.cards import card_at, cards_of, read_card
from vision_worker.domain.layout.console import Columns, console_of
from vision_worker.domain.layout.fields import fields_of
from vision_worker.domain.layout.pairs import pairs_of
from vision_worker.domain.layout.runs import read_run
from vision_worker.domain.layout.status_bar import status_bar
from vision_worker.domain.layout.tables import PAIR, has_header, kind_of, stacks_of, table_rows


def structure_of(cells: Sequence[ScreenCell], size: tuple[int, int]) -> ScreenStructure:
    """The screen's cells in reading order, and which of them belong together.

    Args:
        cells: in any order, in pixels of the frame.
        size: width and height of the frame in pixels.

    Returns:
        Wrapped lines are one cell, "label: value" in one text is two; every text is there once.
        About 0.1 ms of one core a cell: 1 to 4 ms for a screen of 20 to 50, 15 ms for 150.
    """
    pieces = pieces_of([cell for cell in cells if cell.text.strip()])
    if not pieces:
        return ScreenStructure(cells=(), blocks=())
    assembly = Assembly()
    bar = status_bar(pieces, size)
    rest = [piece for piece in pieces if piece not in bar]
    dialog = overlay(rest)
    page = [piece for piece in rest if piece not in dialog]
    over = notices(page)
    if page := [piece for piece in page if not any(piece in one for one in over)]:
        _read(panes(_with_texts_unwrapped(page)), assembly)
    if dialog:
        assembly.over = ()
        _read_dialog(unwrapped(dialog), assembly)
    for notice in over:
        assembly.over = ()
        assembly.message(notice)
    if bar:
        assembly.status_bar(bar)
    return assembly.structure()


def _read_dialog(pieces: Sequence[Piece], assembly: Assembly) -> None:
    """A message, unless something stands in it in rows and columns."""
    rows = rows_of(pieces)
    if any(isinstance(part, Grid) for part in with_grids(rows)):
        _read_pieces(in_order(pieces), assembly, None)
    else:
        assembly.message(all_pieces(rows))


def _with_texts_unwrapped(pieces: Sequence[Piece]) -> list[Piece]:
    """Lines of consoles stay lines."""
    found: list[Piece] = []
    for part in leaves(panes(pieces)):
        found += part if letter_width(part) else unwrapped(part)
    return in_order(found)


def _read(pane: Pane, assembly: Assembly, after: Piece | None = None) -> None:
    """Put down what a pane shows; `after` stands under it."""
    if pane.pieces:
        _read_pieces(pane.pieces, assembly, after)
        return
    for band, below in zip(pane.bands, [*pane.bands[1:], None], strict=True):
        next_piece = _front(below) if below else after
        if len(band) == 1:
            _read(band[0], assembly, next_piece)
            continue
        over = assembly.over
        for side in band:
            assembly.over = over
            _read(side, assembly)
        assembly.over = over


def _front(band: Sequence[Pane]) -> Piece:
    """The first text of a band, as wide as the band."""
    texts = [piece for side in band for part in leaves(side) for piece in part]
    left, right = min(one.left for one in texts), max(one.right for one in texts)
    return replace(leaves(band[0])[0][0], left=left, right=right)


def _read_pieces(pieces: Sequence[Piece], assembly: Assembly, after: Piece | None) -> None:
    letter = letter_width(pieces)
    if letter is not None:
        _read_console(rows_of(pieces), letter, assembly)
        return
    rows = rows_of(unwrapped(pieces))
    entries = with_grids([row for row in map(_without_marks, rows) if row])
    parts: list[Grid | list[Row]] = []
    for entry in entries:
        if isinstance(entry, Grid):
            parts.append(entry)
        elif parts and isinstance(parts[-1], list):
            parts[-1].append(entry)
        else:
            parts.append([entry])
    for part, below in zip_longest(parts, parts[1:]):
        if isinstance(part, Grid):
            _read_grid(part, assembly)
        else:
            read_run(part, assembly, _top(below) if below else after)
    if marks := _marks(rows):
        assembly.text(marks)


def _without_marks(row: Row) -> Row:
    return [place for place in row if not (len(place) == 1 and is_mark(place[0]))]


def _marks(rows: Sequence[Row]) -> list[Piece]:
    return [place[0] for row in rows for place in row if len(place) == 1 and is_mark(place[0])]


def _top(part: Grid | list[Row]) -> Piece:
    """What a heading stands over; of a tile the label, also where the figure is over it."""
    if not isinstance(part, Grid):
        return part[0][0][0]
    rows = [[place[0] for place in row if place] for row in part.rows[:2]]
    firsts = min(rows, key=lambda row: row[0].size) if kind_of(part) == "stacks" else rows[0]
    every = [place[0] for row in part.rows for place in row if place]
    left, right = min(one.left for one in every), max(one.right for one in every)
    return replace(firsts[0], left=left, right=right, top=rows[0][0].top)


def _read_console(rows: Sequence[Row], letter: float, assembly: Assembly) -> None:
    for part in console_of(rows, letter):
        if isinstance(part, Columns):
            assembly.table(part.rows[0], part.rows[1:])
        else:
            assembly.console(part)


def _read_grid(grid: Grid, assembly: Assembly) -> None:
    kind = kind_of(grid)
    if kind == "pairs":
        for pair in pairs_of(grid):
            assembly.pair(pair)
    elif kind == "stacks":
        _read_stacks(grid, assembly)
    else:
        rows = table_rows(grid)
        begin = 1 if has_header(grid) else 0
        assembly.table(rows[0] if begin else (), rows[begin:])


def _read_stacks(grid: Grid, assembly: Assembly) -> None:
    forms = fields_of(grid)
    for card in [[group] for group in forms] or cards_of(stacks_of(grid)):
        for index in range(grid.width):
            over = assembly.over
            if len(card) > 1 and len(parts := card_at(card, index)) > 1:
                read_card(parts, assembly)
            else:
                column = [place for group in card for row in group if (place := row[index])]
                fields = bool(forms) or len(card[0]) == PAIR
                rows = [[place] for place in column]
                read_run(rows, assembly, None, fields=fields, is_card=True)
            assembly.over = over
