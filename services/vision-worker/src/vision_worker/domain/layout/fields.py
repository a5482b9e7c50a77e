"""Forms as grids show them: small labels over their fields, several side by side."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from vision_worker.domain.geometry.grids import Grid, Slots
from vision_worker.domain.layout.stacks import SMALLER_RATIO

LEAST_LABEL_ROWS: Final = 2
"""Small type over large once is a table's header."""


def fields_of(grid: Grid) -> list[list[Slots]]:
    """Rows of labels, each with the rows that belong to it; [] where the grid is no form.

    Under its field a row may have a note, such as what is wrong with it.
    """
    labels = [_are_labels(above, below) for above, below in pairwise(grid.rows)] + [False]
    is_form = labels[0] and sum(labels) >= LEAST_LABEL_ROWS
    if not is_form or any(one and other for one, other in pairwise(labels)):
        return []
    groups: list[list[Slots]] = []
    for row, begins in zip(grid.rows, labels, strict=True):
        if begins:
            groups.append([row])
        else:
            groups[-1].append(row)
    return groups if all(map(_is_field_row, groups)) else []


def _are_labels(above: Slots, below: Slots) -> bool:
    """Whether each text of a row stands over a larger one, and none is a figure."""
    both = [(a[0], b[0]) for a, b in zip(above, below, strict=True) if a and b]
    if len(both) != sum(place is not None for place in above) or len(both) <= 1:
        return False
    sizes = median(a.size for a, _ in both), median(b.size for _, b in both)
    return sizes[0] < SMALLER_RATIO * sizes[1] and not any(a.is_figure for a, _ in both)


def _is_field_row(group: Sequence[Slots]) -> bool:
    """Whether the rows under a label and its field are at most one, of notes."""
    _, fields, *notes = group
    return len(notes) <= 1 and all(
        sum(place is not None for place in row) < sum(place is not None for place in fields)
        for row in notes
    )
