"""Messages and dialogs: texts in a signal colour with what stands under them, and their buttons."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from vision_worker.domain.geometry.piece import Piece
from vision_worker.domain.geometry.rows import Row, all_pieces

SIGNALS: Final = frozenset({"red", "amber", "green"})
NEAR_RATIO: Final = 1.6
"""What is further below, in heights of the taller, is no part of a message."""
BUTTON_WORDS: Final = 3
BUTTONS: Final = 4
MESSAGE_ROWS: Final = 8
LETTERS: Final = 4
MESSAGE_WORDS: Final = 3
"""What is shorter is a state: a word in a colour."""


def message_at(rows: Sequence[Row], at: int) -> tuple[list[Piece], int]:
    """The message that begins with a row, and how many rows it has; ([], 0) where none does."""
    first = rows[at]
    if len(first) > 1 or not _signals(first[0][0]):
        return [], 0
    taken = [first]
    for above, below in pairwise(rows[at : at + MESSAGE_ROWS]):
        if not _is_near(above, below) or not (len(below) == 1 or _are_buttons(below)):
            break
        taken.append(below)
        if _are_buttons(below):
            break
    pieces = all_pieces(taken)
    if sum(piece.words for piece in pieces) < MESSAGE_WORDS:
        return [], 0
    return pieces, len(taken)


def _signals(piece: Piece) -> bool:
    letters = sum(letter.isalpha() for letter in piece.text)
    return piece.tone in SIGNALS and letters >= LETTERS and not piece.is_figure


def _is_near(above: Row, below: Row) -> bool:
    bottom, top = max(one.bottom for one in above[0]), min(place[0].top for place in below)
    return top - bottom <= NEAR_RATIO * max(above[0][-1].height, below[0][0].height)


def _are_buttons(row: Row) -> bool:
    pieces = all_pieces([row])
    return 1 < len(row) <= BUTTONS and all(piece.words <= BUTTON_WORDS for piece in pieces)
