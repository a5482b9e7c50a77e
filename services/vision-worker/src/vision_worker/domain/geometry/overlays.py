"""Dialogs and notices that lie over a page: on a paper of their own, with its texts around them."""

from collections.abc import Sequence
from typing import Final

from vision_worker.domain.geometry.piece import Piece
from vision_worker.domain.reading import Colour

SAME_PAPER: Final = 5
"""Of 255, in each of red, green and blue: as the picture's encoding blurs them."""
LEAST_TEXTS: Final = 3
OTHER_SHARE: Final = 0.34
"""Of a dialog's texts that stand on another paper: its buttons."""
GAP_RATIO: Final = 3.5
"""Between texts of one dialog, in heights; at most."""
BUTTON_REACH_RATIO: Final = 2.5
"""A button stands no further under a dialog's last text than this, in heights, and no further
beside it than twice this."""
LEADING_RATIO: Final = 0.75
"""Between the lines of a notice, in heights; at most."""
NOTICE_WORDS: Final = 3
LEVEL_RATIO: Final = 0.25
LEVEL_SHARE: Final = 0.85
"""Of its texts are level with texts beside it: then they are rows, and nothing lies over them."""


def overlay(pieces: Sequence[Piece]) -> list[Piece]:
    """The texts of the dialog, from the top; [] where none lies over the page."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        group = next((one for one in reversed(groups) if _is_with(one[-1], piece)), None)
        if group is None:
            groups.append([piece])
        else:
            group.append(piece)
    found = [_on(group, pieces) for group in groups if len(group) >= LEAST_TEXTS]
    return max(found, key=len) if found else []


def notices(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Lines on a paper in a signal colour that lie beside other texts, each from the top.

    A state in a column of a table is none, nor is a banner with nothing beside it.
    """
    found: list[list[Piece]] = []
    for piece in pieces:
        lines = next((one for one in found if _goes_on(one[-1], piece)), None)
        if lines is not None:
            lines.append(piece)
        elif piece.tone and piece.paper:
            found.append([piece])
    said = [one for one in found if sum(line.words for line in one) >= NOTICE_WORDS]
    return [one for one in said if _is_beside(one, pieces)]


def _goes_on(line: Piece, below: Piece) -> bool:
    if below.tone != line.tone or below.paper is None or line.paper is None:
        return False
    gap = below.top - line.bottom
    return (
        _is_same(line.paper, below.paper)
        and 0 <= gap <= LEADING_RATIO * line.height
        and abs(below.left - line.left) <= LEVEL_RATIO * 2 * line.height
    )


def _is_beside(lines: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
    """Whether rows go on beside it that it is no column of."""
    top, bottom, paper = lines[0].top, lines[-1].bottom, lines[0].paper
    if paper is None:
        return False
    others = [one for one in pieces if one not in lines]
    beside = [one for one in others if one.bottom > top and one.top < bottom]
    is_apart = all(one.paper and not _is_same(one.paper, paper) for one in beside)
    in_rows = all(any(_is_level(line, one) for one in beside) for line in lines)
    in_column = any(abs(one.left - lines[0].left) <= lines[0].height for one in others)
    return bool(beside) and is_apart and not in_rows and not in_column


def _is_with(above: Piece, below: Piece) -> bool:
    """Whether both stand on the same paper, one not far under the other."""
    if above.paper is None or below.paper is None or not _is_same(above.paper, below.paper):
        return False
    return below.top - above.bottom <= GAP_RATIO * max(above.height, below.height)


def _is_same(a: Colour, b: Colour) -> bool:
    return max(abs(one - other) for one, other in zip(a, b, strict=True)) <= SAME_PAPER


def _on(group: Sequence[Piece], pieces: Sequence[Piece]) -> list[Piece]:
    """The group with its buttons, if it lies over the rest of the pieces; [] if not."""
    left, right = min(one.left for one in group), max(one.right for one in group)
    top, bottom = min(one.top for one in group), max(one.bottom for one in group)
    reach = BUTTON_REACH_RATIO * group[-1].height
    inside = [
        one
        for one in pieces
        if top <= one.middle <= bottom + reach
        and (
            left <= one.centre <= right
            or (one.tone and left - 2 * reach <= one.centre <= right + 2 * reach)
        )
    ]
    if len(inside) - len(group) > OTHER_SHARE * len(group):
        return []
    rest = [one for one in pieces if one not in inside]
    beside = [one for one in rest if one.bottom > top and one.top < bottom]
    sides = {one.centre < left for one in beside}
    around = {one.middle < top for one in rest if one not in beside}
    if not sides or (len(sides) == 1 and len(around) == 1) or not around:
        return []
    level = sum(any(_is_level(one, other) for other in beside) for one in inside)
    return inside if level < LEVEL_SHARE * len(inside) else []


def _is_level(a: Piece, b: Piece) -> bool:
    return abs(a.middle - b.middle) <= LEVEL_RATIO * min(a.height, b.height)
