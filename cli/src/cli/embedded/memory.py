"""How much memory Valkey may take on this machine."""

from pathlib import Path

import psutil

# A quarter: the six services and their models take 2.5 GB, PostgreSQL its own, and rewriting the
# append-only file may for a moment take as much again.
SHARE = 0.25
LEAST_BYTES = 256_000_000
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_for_valkey(
    machine_bytes: int | None = None, limits: tuple[Path, ...] = CGROUP_LIMITS
) -> int:
    """A quarter of the machine's memory, or of what its container may take; at least 256 MB."""
    total_bytes = machine_bytes or psutil.virtual_memory().total
    return max(LEAST_BYTES, int(min([total_bytes, *map(_limit, limits)]) * SHARE))


def _limit(file: Path) -> float:
    """Bytes; infinite where there is no limit: no such file, or `max` in it."""
    try:
        return float(int(file.read_text()))
    except (OSError, ValueError):
        return float("inf")
