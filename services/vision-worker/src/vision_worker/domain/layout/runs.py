"""Rows that make no grid: headings, messages, labels with values, lists, prose."""

from collections.abc import Sequence
from typing import Final

from vision_worker.domain.geometry.piece import Piece
from vision_worker.domain.geometry.rows import Row, all_pieces
from vision_worker.domain.layout.assembly import Assembly
from vision_worker.domain.layout.messages import message_at
from vision_worker.domain.layout.pairs import in_row, with_colon
from vision_worker.domain.layout.stacks import Items, Pair, Prose, stacked

HEADING_WORDS: Final = 14
HEADING_REACH_RATIO: Final = 12.0
"""What is further down, in heights of the heading, stands for itself."""
LARGER_RATIO: Final = 1.18
TITLE_RATIO: Final = 1.3
"""The same of a title against what stands beside it."""
PAGE_RATIO: Final = 1.12
"""The same of a page's title against each text under it."""
SAME_RATIO: Final = 0.93


def read_run(
    rows: Sequence[Row],
    assembly: Assembly,
    after: Piece | None,
    *,
    fields: bool = False,
    is_card: bool = False,
) -> None:
    """Put rows down; `after` stands under them, `fields`: see `stacked`; a card has no messages."""
    stack: list[Piece] = []
    at = 0
    while at < len(rows):
        is_plain = is_card or (not (at or assembly.cells) and _is_page_title(rows, after))
        message, taken = ([], 0) if is_plain else message_at(rows, at)
        if message:
            _read_stack(stack, assembly, message[0], fields)
            stack = []
            assembly.message(message)
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
    if len(first) == 1 and all(_is_title(first[0], place[0]) for place in others):
        assembly.heading(first[0])
        row = others
    pieces = [piece for place in row for piece in place]
    colons = {piece: pair for piece in pieces if (pair := with_colon(piece))}
    if rest := [piece for piece in pieces if piece not in colons]:
        assembly.text(rest)
    for pair in colons.values():
        assembly.pair(pair)


def _is_page_title(rows: Sequence[Row], after: Piece | None) -> bool:
    """Whether the first text of a page is larger than all that follows: red type or not."""
    first, *others = all_pieces(rows)
    below = [*others, after] if after else others
    return bool(below) and all(first.size > PAGE_RATIO * one.size for one in below)


def _is_title(piece: Piece, beside: Piece) -> bool:
    larger = TITLE_RATIO if not piece.heavy else LARGER_RATIO
    return piece.size >= larger * beside.size


def _read_stack(
    pieces: Sequence[Piece], assembly: Assembly, after: Piece | None, fields: bool
) -> None:
    found = stacked(pieces, fields=fields)
    if not found:
        return
    for one, below in zip(found, [*found[1:], None], strict=True):
        if isinstance(one, Pair):
            assembly.pair(one)
            if isinstance(below, Items | Prose) and is_larger(one.label, below.pieces[0]):
                assembly.heading(one.label)
            continue
        under = (below.label if isinstance(below, Pair) else below.pieces[0]) if below else after
        _read_texts(one.pieces, assembly, under)


def _read_texts(pieces: Sequence[Piece], assembly: Assembly, after: Piece | None) -> None:
    """Headings by what stands under them, the rest as lists, labels with values, or prose."""
    rest: list[Piece] = []
    for piece, below in zip(pieces, [*pieces[1:], after], strict=True):
        if below is not None and is_heading(piece, below) and not _is_field(piece, below):
            _put_texts(rest, assembly)
            rest = []
            assembly.heading(piece)
        else:
            rest.append(piece)
    _put_texts(rest, assembly)


def _is_field(piece: Piece, below: Piece) -> bool:
    """A label and its value in one text, heavier than the next but no larger."""
    return piece.size < LARGER_RATIO * below.size and with_colon(piece) is not None


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


def _is_over(piece: Piece, below: Piece) -> bool:
    is_near = below.top - piece.bottom <= HEADING_REACH_RATIO * piece.size
    is_over = piece.left < below.right and below.left < piece.right
    return is_near and (is_over or abs(piece.left - below.left) <= 2 * piece.size)


def is_heading(piece: Piece, below: Piece) -> bool:
    """Larger than what stands under it, or as large and heavier."""
    if piece.words > HEADING_WORDS or not _is_over(piece, below):
        return False
    return is_larger(piece, below)


def is_larger(piece: Piece, other: Piece) -> bool:
    """Larger, or as large and heavier."""
    if piece.size >= LARGER_RATIO * other.size:
        return True
    return piece.heavy and not other.heavy and piece.size >= SAME_RATIO * other.size
