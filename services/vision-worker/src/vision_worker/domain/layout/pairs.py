"""Labels with values beside them, in one row or in one text."""

import re
from dataclasses import replace
from typing import Final

from vision_worker.domain.geometry.grids import Grid
from vision_worker.domain.geometry.piece import Piece
from vision_worker.domain.geometry.rows import Row
from vision_worker.domain.layout.stacks import Pair

LABEL_WORDS: Final = 6
TEXT_WORDS: Final = 14
COLON: Final = re.compile(r"(?P<label>[^:\uff1a]{1,40}(?:\uff1a|:(?=\s)))\s*(?P<value>\S.*)")
COLONS: Final = (":", "\uff1a")
SAME_SIZE_RATIO: Final = 1.35


def with_colon(piece: Piece) -> Pair | None:
    """The pair that one text is: a short label, a colon, the rest."""
    found = COLON.fullmatch(piece.text)
    if found is None or piece.words > TEXT_WORDS or len(found["label"].split()) > LABEL_WORDS:
        return None
    share = piece.width / len(piece.text)
    label_right = max(piece.left + 1, round(piece.left + found.end("label") * share))
    value_left = min(piece.right - 1, round(piece.left + found.start("value") * share))
    if label_right >= piece.right or value_left < label_right:
        return None
    label = replace(piece, text=found["label"], right=label_right)
    return Pair(label, [replace(piece, text=found["value"], left=value_left)])


def in_row(row: Row) -> list[Pair]:
    """The pairs of a row that stands alone; [] where it is none."""
    firsts = [place[0] for place in row]
    if len(row) % 2 == 0 and all(one.text.endswith(COLONS) for one in firsts[::2]):
        return [beside(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    first, second, *others = row
    if not others and _is_pair(first[0], second[0]):
        return [beside(first, second)]
    return []


def pairs_of(grid: Grid) -> list[Pair]:
    """Of two columns; a row that has one text only goes on with the row over it."""
    pairs: list[Pair] = []
    for first, second in grid.rows:
        if first and second:
            pairs.append(beside(first, second))
        elif pairs:
            pairs[-1].values.extend(first or second or ())
    return pairs


def beside(label: list[Piece], values: list[Piece]) -> Pair:
    """A label with what stands beside it, and then with what stands under it."""
    return Pair(label[0], [*values, *label[1:]])


def _is_pair(label: Piece, value: Piece) -> bool:
    if label.words > LABEL_WORDS or value.words > TEXT_WORDS:
        return False
    low, high = sorted((label.size, value.size))
    return high <= SAME_SIZE_RATIO * low or value.size > label.size
