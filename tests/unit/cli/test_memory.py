"""Valkey takes a share of the machine, or of the container that it runs in."""

from pathlib import Path

import pytest

from cli.embedded.memory import LEAST_BYTES, memory_for_valkey

GB = 10**9


@pytest.mark.parametrize(
    ("machine_bytes", "limit", "share_bytes"),
    [
        (16 * GB, None, 4 * GB),
        (16 * GB, "max\n", 4 * GB),
        (16 * GB, f"{4 * GB}\n", GB),
        (8 * GB, str(2**63 - 4096), 2 * GB),
        (GB // 2, None, LEAST_BYTES),
    ],
)
def test_it_takes_a_quarter_of_what_there_is(
    tmp_path: Path, machine_bytes: int, limit: str | None, share_bytes: int
) -> None:
    if limit is not None:
        (tmp_path / "memory.max").write_text(limit)
    limits = (tmp_path / "memory.max", tmp_path / "another")
    assert memory_for_valkey(machine_bytes, limits) == share_bytes
