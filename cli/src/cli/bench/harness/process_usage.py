"""What the processes of a cluster take, by part of it: processors and memory, minute by minute."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psutil

AGENTS: Final = "media-agent"
SERVER: Final = "livekit-server"
SENDERS: Final = "senders"
METERING: Final = "metering"
POSTGRES: Final = "postgres"
VALKEY: Final = "valkey"
REST: Final = "rest"
MODULES: Final = {
    "media_agent": AGENTS,
    "vision_worker": "vision-worker",
    "gateway": "gateway",
    "metering": METERING,
    "cli.bench.meeting.load_generator": SENDERS,
}
PROGRAMS: Final = {"livekit-server": SERVER, "valkey-server": VALKEY, "postgres": POSTGRES}
MB: Final = 1_000_000


@dataclass(frozen=True)
class PartUsage:
    """By one part, in one interval.

    Attributes:
        cores: processors kept busy, on average.
        memory_mb: at its end, of this part's own (what its processes do not share).
    """

    cores: float
    memory_mb: float


class ProcessUsage:
    """Counts from its making on; a process that comes or goes is counted while it is seen."""

    def __init__(self, *roots: psutil.Process) -> None:
        self._roots = roots
        self._before = self._seconds()

    def since_last(self, over_s: float) -> dict[str, PartUsage]:
        """What each part took since the last call, `over_s` ago."""
        now = self._seconds()
        cores: dict[str, float] = {}
        memory: dict[str, float] = {}
        for process, (part, seconds) in now.items():
            _, before = self._before.get(process, (part, 0.0))
            cores[part] = cores.get(part, 0.0) + max(0.0, seconds - before) / over_s
            with suppress(psutil.Error):
                own_mb = process.memory_full_info().uss / MB
                memory[part] = memory.get(part, 0.0) + own_mb
        self._before = now
        return {part: PartUsage(cores[part], memory.get(part, 0.0)) for part in cores}

    def _seconds(self) -> dict[psutil.Process, tuple[str, float]]:
        """Of every process: its part, and the seconds of processor it has had."""
        found: dict[psutil.Process, tuple[str, float]] = {}
        for root in self._roots:
            self._walk(root, None, found)
        return found

    def _walk(
        self,
        process: psutil.Process,
        above: str | None,
        found: dict[psutil.Process, tuple[str, float]],
    ) -> None:
        with suppress(psutil.Error):  # it is just ending
            part = part_of(process.cmdline()) or above
            times = process.cpu_times()
            found[process] = (part or REST, times.user + times.system)
            for child in process.children():
                self._walk(child, part, found)


def part_of(words: list[str]) -> str | None:
    """Of a process with this command line; None for what belongs to the part of its parent."""
    if not words:
        return None
    if "-m" in words[:-1]:
        return MODULES.get(words[words.index("-m") + 1])
    return PROGRAMS.get(words[0].rpartition("/")[2])
