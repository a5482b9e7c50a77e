"""Rows that make no grid: headings, messages, labels with values, lists, prose."""

from collections.abc import Sequence
from typing import Final

from vision_worker.domain.layout.assembly import Assembly
from vision_worker.domain.layout.messages import message_at
from vision_worker.domain.layout.pairs import in_row, with_colon
from vision_worker.domain.layout.piece import Piece
from vision_worker.domain.layout.rows import Row
from vision_worker.domain.layout.stacks import Items, Pair, stacked

HEADING_WORDS: Final = 14
LARGER_RATIO: Final = 1.12
SAME_RATIO: Final = 0.93


def read_run(
    rows: Sequence[Row], assembly: Assembly, after: Piece | None, *, fields: bool = False
) -> None:
    """Put rows down; `after` stands under them, `fields`: see `stacked`."""
    stack: list[Piece] = []
    at = 0
    while at < len(rows):
        message, taken = message_at(rows, at)
        if message:
            _read_stack(stack, assembly, message[0], fields)
            stack = []
            tone = next((piece.tone for piece in message if piece.tone not in (None, "blue")), None)
            assembly.message(message, tone)
            at += taken
            continue
        row = rows[at]
        at += 1
        if len(row) == 1:
            stack += row[0]
            continue
        _read_stack(stack, assembly, row[0][0], fields)
        stack = []
        _read_row(row, assembly)
    _read_stack(stack, assembly, after, fields)


def _read_row(row: Row, assembly: Assembly) -> None:
    pairs = in_row(row)
    for pair in pairs:
        assembly.pair(pair)
    if pairs:
        return
    first, *others = row
    if len(first) == 1 and all(is_heading(first[0], place[0]) for place in others):
        assembly.heading(first[0])
        row = others
    _put_texts([piece for place in row for piece in place], assembly)


def _read_stack(
    pieces: Sequence[Piece], assembly: Assembly, after: Piece | None, fields: bool
) -> None:
    found = stacked(pieces, fields=fields)
    if not found:
        return
    for one, below in zip(found, [*found[1:], None], strict=True):
        if isinstance(one, Pair):
            assembly.pair(one)
            continue
        under = (below.label if isinstance(below, Pair) else below.pieces[0]) if below else after
        _read_texts(one.pieces, assembly, under)


def _read_texts(pieces: Sequence[Piece], assembly: Assembly, after: Piece | None) -> None:
    """Headings by what stands under them, the rest as lists, labels with values, or prose."""
    rest: list[Piece] = []
    for piece, below in zip(pieces, [*pieces[1:], after], strict=True):
        if below is not None and is_heading(piece, below):
            _put_texts(rest, assembly)
            rest = []
            assembly.heading(piece)
        else:
            rest.append(piece)
    _put_texts(rest, assembly)


def _put_texts(pieces: Sequence[Piece], assembly: Assembly) -> None:
    prose: list[Piece] = []
    for piece in pieces:
        pair = with_colon(piece)
        if pair is None:
            prose.append(piece)
            continue
        _put_prose(prose, assembly)
        prose = []
        assembly.pair(pair)
    _put_prose(prose, assembly)


def _put_prose(pieces: Sequence[Piece], assembly: Assembly) -> None:
    for one in stacked(pieces):
        if isinstance(one, Pair):
            assembly.pair(one)
        elif isinstance(one, Items):
            assembly.items(one.pieces)
        else:
            assembly.text(one.pieces)


def is_heading(piece: Piece, below: Piece) -> bool:
    """Larger than what stands under it, or as large and heavier."""
    if piece.words > HEADING_WORDS:
        return False
    if piece.size >= LARGER_RATIO * below.size:
        return True
    return piece.heavy and not below.heavy and piece.size >= SAME_RATIO * below.size
