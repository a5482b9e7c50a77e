"""What every benchmark reports: rows beside a reference, the machine, the commit."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from cli.command_line.errors import Exit
from cli.command_line.output import print_json, say

ROUND_TO = 4


@dataclass(frozen=True)
class Row:
    """One thing measured; what does not apply is None.

    Attributes:
        per_second: throughput.
        reference: the same figure (p50, or per second where there is no p50) of what it stands
            beside.
        ratio: own figure / reference.
    """

    what: str
    unit: str
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    per_second: float | None = None
    reference: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Limit:
    """A figure to reach: `field` of row `what` is at most (or least) this."""

    what: str
    field: str
    at_most: float | None = None
    at_least: float | None = None

    def missed(self, rows: Sequence[Row]) -> str | None:
        """Why it is not reached, in a sentence; None when it is."""
        row = next(row for row in rows if row.what == self.what)
        value: float | None = getattr(row, self.field)
        if value is None:
            return f"{self.what} has no {self.field}"
        if self.at_most is not None and value > self.at_most:
            return f"{self.what}: {self.field} {value:g} {row.unit} is over {self.at_most:g}"
        if self.at_least is not None and value < self.at_least:
            return f"{self.what}: {self.field} {value:g} {row.unit} is under {self.at_least:g}"
        return None


def latency(what: str, ms: Sequence[float], reference_ms: Sequence[float] | None = None) -> Row:
    """A row of latencies in milliseconds; the reference is its median."""
    p50 = quantile(ms, 0.5)
    reference = quantile(reference_ms, 0.5) if reference_ms else None
    ratio = p50 / reference if reference else None
    return Row(
        what, "ms", p50, quantile(ms, 0.95), quantile(ms, 0.99), reference=reference, ratio=ratio
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, int(share * len(ordered) + 0.999999) - 1))]


def report(
    name: str,
    rows: Sequence[Row],
    *,
    limits: Sequence[Limit],
    check: bool,
    as_json: bool,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Print, and with `check` end with 1 when a figure is missed; `more` stands in the JSON."""
    if as_json:
        plain = [{key: _rounded(value) for key, value in asdict(row).items()} for row in rows]
        about = {"name": name, "rows": plain, "machine": machine(), "commit": commit()}
        print_json(about | dict(more or {}))
    else:
        _print_table(rows)
    missed = [text for limit in limits if (text := limit.missed(rows))]
    for text in missed:
        say(f"missed: {text}")
    if check and missed:
        raise typer.Exit(Exit.NOT_GOOD)


def machine() -> dict[str, Any]:
    """What the figures were taken on; without the name of the machine."""
    return {
        "system": platform.system(),
        "arch": platform.machine(),
        "cores": os.cpu_count(),
        "load_1m": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
    }


def commit() -> str | None:
    """Of the work tree this runs from, `+` when it was changed; None outside of one."""

    def git(*words: str) -> str:
        where = ["git", "-C", str(Path(__file__).parent)]
        done = subprocess.run(  # noqa: S603 - fixed words
            [*where, *words], capture_output=True, text=True, timeout=10, check=True
        )
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _rounded(value: object) -> object:
    return round(value, ROUND_TO) if isinstance(value, float) else value


def _print_table(rows: Sequence[Row]) -> None:
    columns = ["what", "unit", "p50", "p95", "p99", "per_second", "reference", "ratio"]
    table = Table(*columns)
    for row in rows:
        cells = [getattr(row, column) for column in columns]
        table.add_row(
            *[f"{c:.4g}" if isinstance(c, float) else str("" if c is None else c) for c in cells]
        )
    Console(stderr=True).print(table)
