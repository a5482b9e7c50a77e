"""The gate of each mode, and the rate it is fed at unless told otherwise."""

from typing import Final

from media_agent.domain.gate.frame_sampler import FrameRates
from media_agent.domain.gate.frames import Gate, GateMode
from media_agent.domain.gate.hashing import HashGate, RateGate
from media_agent.domain.gate.tile_gate import TileGate

DEFAULT_FPS: Final[dict[GateMode, float]] = {"tiles": 30.0, "phash": 1.0, "rate": 1.0}
"""The classic policies looked once a second, and so keep no more."""


def rates_of(mode: GateMode, *, busy: float, idle: float) -> FrameRates:
    """The rates given, as far as the mode goes along with them."""
    at_most = DEFAULT_FPS[mode]
    return FrameRates(busy, idle) if mode == "tiles" else FrameRates(at_most, at_most)


def new_gate(mode: GateMode) -> Gate:
    if mode == "phash":
        return HashGate()
    if mode == "rate":
        return RateGate()
    return TileGate()
