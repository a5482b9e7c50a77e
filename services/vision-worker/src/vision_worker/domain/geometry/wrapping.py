"""Lines that are one text, wrapped where the room ended."""

from collections.abc import Sequence
from typing import Final

from vision_worker.domain.geometry.piece import Piece, joined

LEADING_RATIO: Final = 0.75
"""Of a line's height: a wider gap parts paragraphs, items or cells."""
SAME_HEIGHT_RATIO: Final = 1.35
LEVEL_RATIO: Final = 0.25
"""Middles this near, in heights, are level."""
LONG_RATIO: Final = 7.0
"""Width of a line, in its heights, that may have been wrapped: about three words."""
PROSE_RATIO: Final = 12.0
"""A line this wide goes on even if the next begins with a capital."""


def unwrapped(pieces: Sequence[Piece]) -> list[Piece]:
    """Wrapped lines put together, but no lines that are both level with texts beside them."""
    columns: list[list[Piece]] = []
    near: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda one: (one.top, one.left, one.text)):
        near = [one for one in near if one[-1].bottom + one[-1].height > piece.top]
        column = next((one for one in reversed(near) if _follows(one[-1], piece)), None)
        if column is None:
            columns.append([piece])
            near.append(columns[-1])
        else:
            column.append(piece)
    return [text for column in columns for text in _texts(column, pieces)]


def _follows(above: Piece, below: Piece) -> bool:
    low, high = sorted((above.height, below.height))
    gap = below.top - above.bottom
    return (
        abs(above.left - below.left) <= 0.5 * low
        and -0.5 * low < gap <= LEADING_RATIO * low
        and high <= SAME_HEIGHT_RATIO * low
        and above.tone == below.tone
        and above.heavy == below.heavy
    )


def _texts(column: Sequence[Piece], pieces: Sequence[Piece]) -> list[Piece]:
    if len(column) == 1:
        return list(column)
    right = max(piece.right for piece in column)
    texts = [[column[0]]]
    for piece in column[1:]:
        before = texts[-1][-1]
        if _goes_on(before, piece, right) and not _are_rows(before, piece, pieces):
            texts[-1].append(piece)
        else:
            texts.append([piece])
    return [joined(text) for text in texts]


def _goes_on(line: Piece, after: Piece, right: int) -> bool:
    """Whether the next line's first word had no room on this one."""
    if line.width < LONG_RATIO * line.height:
        return False
    first = after.text.split()[0]
    if not first[0].isalnum() and len(first) == 1:
        return False
    letter = after.width / max(1, len(after.text))
    begins = first[:1].islower() or line.width >= PROSE_RATIO * line.height
    return begins and line.right + (len(first) + 1) * letter > right - letter


def _are_rows(line: Piece, after: Piece, pieces: Sequence[Piece]) -> bool:
    return _has_level(line, pieces) and _has_level(after, pieces)


def _has_level(line: Piece, pieces: Sequence[Piece]) -> bool:
    reach = LEVEL_RATIO * line.height
    return any(abs(one.middle - line.middle) <= reach for one in pieces if one is not line)
