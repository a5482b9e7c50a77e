"""Cards side by side: a name with what is said of it, and further down its price."""

from collections.abc import Sequence

from vision_worker.domain.geometry.grids import Slots
from vision_worker.domain.geometry.piece import Piece
from vision_worker.domain.layout.assembly import Assembly
from vision_worker.domain.layout.stacks import Pair

Card = list[list[Piece]]
"""Parts from the top, each of the texts that stand near to each other."""


def cards_of(groups: Sequence[Sequence[Slots]]) -> list[list[Sequence[Slots]]]:
    """Groups of a grid's rows, those of the same cards put together.

    Cards begin with groups like the first; where all are like it, each is one of its own.
    """
    led = _has_figures(groups[0][0])
    cards: list[list[Sequence[Slots]]] = []
    for group in groups:
        if not cards or led or not _has_figures(group[0]):
            cards.append([group])
        else:
            cards[-1].append(group)
    return cards


def card_at(groups: Sequence[Sequence[Slots]], index: int) -> Card:
    """Of one column; without the parts that are empty there."""
    parts = [[one for row in group for one in row[index] or ()] for group in groups]
    return [part for part in parts if part]


def read_card(card: Card, assembly: Assembly) -> None:
    """Figures, and what stands near to them, are its name's."""
    (name, *about), *others = card
    if others:
        assembly.pair(Pair(name, [piece for part in others for piece in part]))
    assembly.heading(name)
    if about:
        assembly.text(about)


def _has_figures(row: Slots) -> bool:
    firsts = [place[0] for place in row if place]
    return sum(one.is_figure for one in firsts) * 2 > len(firsts)
