"""The perceptual hash, as `imagehash` computes it, and the two classic policies."""

from typing import Final

import imagehash
import numpy as np
from PIL import Image

from media_agent.domain.gate.frames import Frame, GateDecision, Plane
from media_agent.domain.gate.token_bucket import SAVING_GAP_MS

THRESHOLD: Final = 10
"""Hamming distance of 64 bits up to which two pictures are the same."""


def perceptual_hash(luma: Plane) -> imagehash.ImageHash:
    """64 bits: `imagehash.phash` of the luma plane as a grey picture."""
    return imagehash.phash(Image.fromarray(np.ascontiguousarray(luma)))


def full_range_luma(frame: Frame) -> Plane:
    """Luma in [0, 255] (ITU-R BT.601: limited range has black at 16 and white at 235)."""
    if frame.full_range:
        return frame.y
    return _TO_FULL_RANGE[frame.y]


_TO_FULL_RANGE: Final = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(
    np.uint8
)


class SavingGap:
    """Of the classic policies, which have no bucket: none but while money is saved."""

    def __init__(self) -> None:
        self.saves = False
        self._kept_ms = 0

    def allows(self, t_ms: int) -> bool:
        """May it be kept now? Then it is."""
        if self.saves and t_ms - self._kept_ms < SAVING_GAP_MS:
            return False
        self._kept_ms = t_ms
        return True


class HashGate:
    """Keeps what is further than the threshold from the last kept frame, and nothing else.

    The classic policy, kept for comparison: it loses a changed digit and a dot that turns red.
    """

    def __init__(self, threshold: int = THRESHOLD) -> None:
        self._threshold = threshold
        self._last: imagehash.ImageHash | None = None
        self._seen: imagehash.ImageHash | None = None
        self._gap = SavingGap()

    def save(self, saves: bool) -> None:
        self._gap.saves = saves

    @property
    def has_motion(self) -> bool:
        return False

    @property
    def shows_more(self) -> bool:
        return self._last is None or self._seen != self._last

    def look(self, frame: Frame) -> GateDecision | None:
        found = self._seen = perceptual_hash(full_range_luma(frame))
        if self._last is None:
            self._last = found
            self._gap.allows(frame.t_ms)
            return GateDecision(frame.t_ms, "first", 0.0)
        distance = int(found - self._last)
        if distance <= self._threshold or not self._gap.allows(frame.t_ms):
            return None
        self._last = found
        return GateDecision(frame.t_ms, "changed", float(distance))

    def keep_for_question(self, frame: Frame) -> GateDecision | None:
        found = self._seen = perceptual_hash(full_range_luma(frame))
        distance = 0 if self._last is None else int(found - self._last)
        if self._last is not None and distance == 0:
            return None
        self._last = found
        return GateDecision(frame.t_ms, "asked", float(distance))


class RateGate:
    """Keeps every frame it is given: a clock, for comparison."""

    def __init__(self) -> None:
        self._gap = SavingGap()

    def save(self, saves: bool) -> None:
        self._gap.saves = saves

    @property
    def has_motion(self) -> bool:
        return False

    @property
    def shows_more(self) -> bool:
        return False

    def look(self, frame: Frame) -> GateDecision | None:
        return GateDecision(frame.t_ms, "rate", 0.0) if self._gap.allows(frame.t_ms) else None

    def keep_for_question(self, frame: Frame) -> GateDecision | None:
        return None
