"""The savings as one picture."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from cli.command_line.errors import missing
from cli.eval.costs.tables import Row

LEFT = 0.46
BAR_INCHES = 0.28


def draw_savings(rows: Sequence[Row], path: Path) -> None:
    """A bar a row, with the promise beside it where there was one (SVG or PNG, by the name).

    Raises:
        CliError: 4, matplotlib is not installed, or the file cannot be written.
    """
    try:
        matplotlib: Any = import_module("matplotlib")
        new_figure: Any = import_module("matplotlib.figure").Figure
    except ImportError as error:
        raise missing(
            "no_matplotlib", "Plots need matplotlib.", "Install `parley-cli[plots]`."
        ) from error
    shown = [row for row in rows if row["saving"] is not None]
    figure = new_figure(figsize=(9, 1 + BAR_INCHES * len(shown)))
    axes = figure.add_axes((LEFT, 0.08, 0.98 - LEFT, 0.88))
    for place, row in enumerate(reversed(shown)):
        axes.barh(place, row["saving"], color="#2f6f9f" if row["saving"] >= 0 else "#b3402d")
        if (stated := row.get("stated")) is not None:
            axes.plot([stated[0], stated[-1]], [place, place], "k|-", markersize=10)
    axes.set_yticks(range(len(shown)), [_label(row) for row in reversed(shown)], fontsize=7)
    axes.set_xlim(min([0.0, *(row["saving"] for row in shown)]), 1)
    axes.set_xlabel("saving; a black mark is what was promised")
    metadata = {"Date": None} if path.suffix == ".svg" else None
    try:
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "parley"}):
            figure.savefig(path, metadata=metadata)
    except (OSError, ValueError) as error:
        raise missing("not_written", f"{path} cannot be written: {error}.") from error


def _label(row: Row) -> str:
    parts = (row["set"], row["method"], row.get("on"), row.get("baseline"))
    return ", ".join(part for part in parts if part)
