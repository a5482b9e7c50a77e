"""How many frames of the sample meeting each way of choosing keeps, and which changes it misses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

from cli.gate import Mode, look
from media_agent.domain.gate.gates import DEFAULT_FPS

MODES: Final[tuple[Mode, ...]] = ("rate", "phash", "tiles")
SEEN_WITHIN_MS: Final = 2_000


@dataclass(frozen=True)
class Kept:
    """One way of choosing.

    Attributes:
        a_second: frames that there would be at one a second, which savings are named against.
        changes, lost: labelled changes; those in no kept frame within two seconds, or before
            they are gone.
    """

    mode: Mode
    kept: int
    a_second: int
    changes: int
    lost: int

    @property
    def saving(self) -> float:
        return 1 - self.kept / self.a_second


@cache
def kept_frames() -> tuple[Kept, ...]:
    """Of the sample meeting, by every mode of the gate."""
    return tuple(map(_kept, MODES))


def _kept(mode: Mode) -> Kept:
    sample = files("cli") / "sample"
    about = json.loads((sample / "changes.json").read_text())
    with as_file(sample / "meeting.mp4") as recording:
        looked = look(recording, mode, DEFAULT_FPS[mode], with_pictures=False)
    times = [kept.t_ms for kept, _ in looked.kept]
    lost = sum(not _is_seen(change, times) for change in about["changes"])
    return Kept(mode, len(times), about["length_ms"] // 1_000, len(about["changes"]), lost)


def _is_seen(change: Mapping[str, Any], times: Sequence[int]) -> bool:
    until = min(change["t_ms"] + SEEN_WITHIN_MS, change["gone_ms"])
    return any(change["t_ms"] <= t < until for t in times)
