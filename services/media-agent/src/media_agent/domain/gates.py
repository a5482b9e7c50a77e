"""The gate of each mode, and the rate it is fed at unless told otherwise."""

from typing import Final

from media_agent.domain.frames import Gate, GateMode
from media_agent.domain.hashing import HashGate, RateGate
from media_agent.domain.tile_gate import TileGate

DEFAULT_FPS: Final[dict[GateMode, float]] = {"tiles": 30.0, "phash": 1.0, "rate": 1.0}
"""The classic policies looked once a second."""


def new_gate(mode: GateMode) -> Gate:
    if mode == "phash":
        return HashGate()
    if mode == "rate":
        return RateGate()
    return TileGate()
