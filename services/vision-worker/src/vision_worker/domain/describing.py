"""Which frames a vision model is to describe, by the tenant's policy and by how much moved."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.media import FrameKept
from contracts.tenants import DescribePolicy

MUCH: Final = 0.3
"""Of the text, or of the picture's area: another slide, another page; not a row, a field, a dialog
in a corner."""


@dataclass(frozen=True)
class DescribedScreen:
    """The last frame of a session that was described, and what moved since.

    Attributes:
        texts: that were read on it.
        moved_area: share of the picture that changed since, frame by frame; it may pass 1.
    """

    texts: tuple[str, ...]
    moved_area: float = 0.0


def describes(policy: DescribePolicy, moved: float) -> bool:
    """Whether a frame is described ahead of any question; `moved` as by `moved_since`."""
    match policy:
        case "eager":
            return True
        case "adaptive":
            return moved >= MUCH
        case "lazy":
            return False


def moved_since(last: DescribedScreen | None, texts: Iterable[str], area: float) -> float:
    """How much of a screen moved since it was described, 0 to 1; 1 when it never was.

    Args:
        last: None: no frame of the session was described yet.
        texts: read on the frame.
        area: of the picture that changed against the frame before, as by `changed_area`.
    """
    if last is None:
        return 1.0
    return min(1.0, max(moved_text(last.texts, texts), last.moved_area + area))


def moved_text(before: Iterable[str], now: Iterable[str]) -> float:
    """The share of characters, of the longer of both, that stand in no text of the other; 0 to 1.

    Where a text stands does not count: what is scrolled is the picture's affair.
    """
    old, new = Counter(before), Counter(now)
    most = max(_chars(old), _chars(new))
    return 1 - _chars(old & new) / most if most else 0.0


def changed_area(frame: FrameKept) -> float:
    """The share of the picture that changed against the kept frame before it, 0 to 1."""
    if not frame.changed:
        return 1.0
    area = sum(box.width * box.height for box in frame.changed)
    return min(1.0, area / (frame.width * frame.height))


def _chars(texts: Counter[str]) -> int:
    return sum(len(text) * count for text, count in texts.items())
