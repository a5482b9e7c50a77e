"""Frames of a shared screen, and what a gate says about them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.media import Box, KeptReason

Plane = NDArray[np.uint8]
GateMode = Literal["tiles", "phash", "rate"]


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture as I420 planes.

    Attributes:
        t_ms: since the start of the session (for a recording: of the recording).
        y: luma, (height, width), any size.
        u: blue difference, ((height + 1) // 2, (width + 1) // 2), 128 is grey.
        v: red difference, as `u`.
        full_range: luma in [0, 255]; else limited, [16, 235], as WebRTC and most video has it.
    """

    t_ms: int
    y: Plane
    u: Plane
    v: Plane
    full_range: bool

    @property
    def width(self) -> int:
        return self.y.shape[1]

    @property
    def height(self) -> int:
        return self.y.shape[0]


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture; its planes are made when they are asked for."""

    t_ms: int
    frame: Callable[[], Frame]


@dataclass(frozen=True)
class GateDecision:
    """A frame worth keeping.

    Attributes:
        t_ms: of the frame.
        reason: why it is kept.
        distance: tiles: share of tiles that changed, 0-1; phash: Hamming distance, 0-64.
        changed: where it differs from the kept frame before, in pixels; empty: everywhere.
    """

    t_ms: int
    reason: KeptReason
    distance: float
    changed: tuple[Box, ...] = ()


class Gate(Protocol):
    """Decides which frames are kept. Frames come in order of time."""

    @property
    def has_motion(self) -> bool:
        """Something moved a moment ago: frames are worth looking at more often."""
        ...

    def look(self, frame: Frame) -> GateDecision | None:
        """Keep this frame?"""
        ...

    @property
    def shows_more(self) -> bool:
        """Does the frame looked at last differ at all from the last kept one?"""
        ...

    def keep_for_question(self, frame: Frame) -> GateDecision | None:
        """Somebody asks about the screen: keep it, if anything differs from the last kept frame.

        The only way to more than one kept frame a second.
        """
        ...

    def save(self, saves: bool) -> None:
        """Keep few frames from now on, at most one in `token_bucket.SAVING_GAP_MS`, or as ever."""
        ...


class Sampling:
    """Lets frames through on a regular grid of time, whatever the rate they come at."""

    def __init__(self) -> None:
        self._next_ms = 0.0

    def takes(self, t_ms: int, fps: float) -> bool:
        """Is this frame due? The grid does not drift; a gap is not made up for."""
        # Times are whole milliseconds: 33.3 comes as 33.
        if t_ms + 1 < self._next_ms:
            return False
        period_ms = 1000 / fps
        self._next_ms = max(self._next_ms + period_ms, t_ms + period_ms / 2)
        return True
