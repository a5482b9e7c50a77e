"""`parley eval economics`: what is saved, by whose reckoning, and against what."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.bench.harness.report import commit
from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.errors import Exit, bad_input
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant
from cli.command_line.output import print_json, say
from cli.eval.costs.assumptions import Assumptions, read_assumptions
from cli.eval.costs.plot import draw_savings
from cli.eval.costs.tables import (
    Row,
    caching_rows,
    claim_rows,
    frame_rows,
    price_rows,
    traffic_row,
)
from providers.tiers import row_of
from runtime.clock import SystemClock
from spending import UnknownPriceError

AHEAD = timedelta(days=60)
"""As long as a person is warned before a model ends; prices move at such days, too."""


def command(  # noqa: PLR0913 - the options of one command
    assume: Annotated[
        Path | None,
        typer.Option("--assume", readable=False, help="Your own split, sizes and models (TOML)."),
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option("--on", help="Prices of this day; may be given again.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Beside it, the cluster's own traffic since then.")
    ] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw it (.svg or .png).")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 when a model of the assumptions ends.")
    ] = False,
    *,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """What is saved, by whose reckoning, and against what.

    Figures of the promise under its own assumptions; what today's prices give; frames and changes.

    Example: parley eval economics --on 2027-01-15 --plot savings.svg
    """
    assumed = read_assumptions(assume)
    today = SystemClock().now().date()
    days = [_day(text) for text in on or ()] or [today, today + AHEAD]
    rows = _rows(assumed, days)
    if since is not None:
        with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
            rows.append(traffic_row(gateway.usage(by="model", since=since)))
    if plot is not None:
        draw_savings(rows, plot)
    ending = list(_ending(assumed, max(days)))
    _print(rows, ending, plot, as_json=as_json)
    if check and ending:
        raise typer.Exit(Exit.NOT_GOOD)


def _rows(assumed: Assumptions, days: Sequence[date]) -> list[Row]:
    at = datetime.combine(days[0], datetime.min.time(), UTC)
    try:
        prices = [*caching_rows(assumed, at), *price_rows(assumed, days)]
    except UnknownPriceError as error:
        raise bad_input("unknown_price", f"There is {error}.", "Name a model with a price.") from (
            error
        )
    return [*claim_rows(), *frame_rows(), *prices]


def _day(text: str) -> date:
    with suppress(ValueError):
        return date.fromisoformat(text)
    raise bad_input("bad_day", f"`{text}` is no day.", "Write it as 2027-01-15.")


def _ending(assumed: Assumptions, by: date) -> Iterator[str]:
    for name in assumed.tiers:
        known = row_of(name)
        if known is not None and known.ends is not None and known.ends <= by:
            yield f"{name} ends on {known.ends}"


def _print(rows: Sequence[Row], ending: Sequence[str], plot: Path | None, *, as_json: bool) -> None:
    for sentence in ending:
        say(sentence)
    if as_json:
        plots = [str(plot)] if plot else []
        about: dict[str, Any] = {"name": "economics", "rows": rows, "plots": plots}
        print_json(about | {"ending": list(ending), "commit": commit()})
        return
    table = Table("set", "method", "on", "against", "promised", "saving", "remark")
    for row in rows:
        stated = row.get("stated")
        promised = "" if stated is None else "-".join(f"{s:.1%}" for s in dict.fromkeys(stated))
        saving = "" if row["saving"] is None else f"{row['saving']:.1%}"
        names = (row["set"], row["method"], row.get("on", ""), row.get("baseline", ""))
        table.add_row(*names, promised, saving, _remark(row))
    Console(stderr=True).print(table)


def _remark(row: Row) -> str:
    if row["set"] == "frames":
        lost = f"{row['changes_lost']} of {row['changes']} changes lost"
        return f"{row['kept']} of {row['of']} kept; {lost}"
    if row["set"] == "claims" and not row["follows"]:
        return f"does not follow; {row['remark']}"
    if row["set"] == "caching":
        share = row["hit_share_for_half"]
        return "nothing is cheaper" if share is None else f"half at a hit share of {share:.0%}"
    return str(row.get("remark", ""))
