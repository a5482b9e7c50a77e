"""Where texts stand to each other."""

from collections.abc import Sequence
from typing import Final

from answering.history.placed_text import Corners

SAME_PLACE_RATIO: Final = 0.5
"""Of the smaller box, that both share."""
NEIGHBOURS: Final = 4
AS_NEAR_PX: Final = 28
_LOOKED_AT: Final = 12
"""Texts above and below, in reading order, of which the nearest are taken."""


def overlaps(a: Corners, b: Corners) -> bool:
    """Whether two boxes are one place: right through every jitter smaller than half a line."""
    ax, ay, aw, ah = a
    bx, by, bw, bh = b
    if ax >= bx + bw or bx >= ax + aw or ay >= by + bh or by >= ay + ah:
        return False
    wide = min(ax + aw, bx + bw) - max(ax, bx)
    high = min(ay + ah, by + bh) - max(ay, by)
    return wide * high >= SAME_PLACE_RATIO * min(aw * ah, bw * bh)


def share_columns(a: Corners, b: Corners) -> bool:
    return min(a[0] + a[2], b[0] + b[2]) > max(a[0], b[0])


def distance(a: Corners, b: Corners) -> int:
    """Between two boxes, along both axes; 0 when they touch."""
    ax, ay, aw, ah = a
    bx, by, bw, bh = b
    # Without max(): this is called more often than anything else here.
    across = ax - bx - bw if ax > bx + bw else bx - ax - aw if bx > ax + aw else 0
    down = ay - by - bh if ay > by + bh else by - ay - ah if by > ay + ah else 0
    return across + down


def nearest(boxes: Sequence[Corners], at: int) -> list[int]:
    """The places in `boxes` (in reading order) of those nearest to the one at `at`.

    `NEIGHBOURS` of them, and those that are as near, so that a jitter decides nothing.
    """
    start, end = max(0, at - _LOOKED_AT), min(at + _LOOKED_AT + 1, len(boxes))
    far = {index: distance(boxes[index], boxes[at]) for index in range(start, end) if index != at}
    if len(far) <= NEIGHBOURS:
        return list(far)
    limit = sorted(far.values())[NEIGHBOURS - 1] + AS_NEAR_PX
    return [index for index, px in far.items() if px <= limit]
