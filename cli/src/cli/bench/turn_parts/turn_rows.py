"""The rows of a turn: Parley's own time, and the parts of all of it."""

from collections.abc import Sequence
from typing import Final

from cli.bench.harness.report import Row, latency
from cli.bench.turn_parts.asked_turns import TimedTurn

PARTS: Final = (
    "queue",
    "evidence_passages",
    "retrieval",
    "evidence_screen",
    "attempts",
    "conclude",
)


def turn_rows(
    turns: Sequence[TimedTurn], answerer_ms: Sequence[float], reference_ms: Sequence[float]
) -> list[Row]:
    """`platform` is what is left of a turn without its answerer's own time."""
    pairs = zip(turns, answerer_ms, strict=True)
    platform = [turn.wall_ms - answerer for turn, answerer in pairs]
    return [
        latency("platform", platform, reference_ms),
        latency("taken", [turn.taken_ms for turn in turns]),
        latency("edge", [max(0.0, turn.wall_ms - turn.part_ms("total")) for turn in turns]),
        *(latency(part, [turn.part_ms(part) for turn in turns]) for part in PARTS),
        latency("wall", [turn.wall_ms for turn in turns]),
    ]
