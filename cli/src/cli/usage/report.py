"""`parley usage`: what was spent, on what, and what it stands against."""

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.errors import bad_input
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant
from cli.command_line.output import print_json
from contracts.http import Every, UsageBy, UsageReport

app = typer.Typer(
    help="What was spent, and on what; corrections; invoices.\n\n"
    "Example: parley usage --by model --since 2026-11-01 --json",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def report(  # noqa: PLR0913 - its options
    context: typer.Context,
    by: Annotated[UsageBy, typer.Option("--by", help="What rows are added up by.")] = "service",
    *,
    since: Annotated[
        str | None, typer.Option("--since", help="ISO 8601, such as 2026-11-21 or …T08:00Z.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Up to, and without, this time.")
    ] = None,
    every: Annotated[
        Every | None, typer.Option("--every", help="Add up by UTC's hours or days as well.")
    ] = None,
    provider: Annotated[str | None, typer.Option("--provider", help="One provider only.")] = None,
    session: Annotated[UUID | None, typer.Option("--session", help="One session only.")] = None,
    csv: Annotated[
        Literal["sums", "rows"] | None,
        typer.Option("--csv", help="Print CSV: the sums, or every row of the ledger."),
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """What was spent, and on what.

    Example: parley usage --by model --since 2026-11-01 --json
    """
    if context.invoked_subcommand is not None:
        return
    query = {
        "by": by,
        "since": time_of(since),
        "until": time_of(until),
        "every": every,
        "provider": provider,
        "session": session and str(session),
    }
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        if csv is not None:
            _print_csv(gateway, csv, query)
            return
        found = gateway.usage(query)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_table(found, by)


def time_of(text: str | None) -> str | None:
    """ISO 8601 as the API reads it.

    Raises:
        CliError: exit 3; it is no time.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        raise bad_input(
            "bad_time",
            f"`{text}` is no date or time.",
            "Write it as 2026-11-21 or 2026-11-21T08:00Z; UTC if unsaid.",
        ) from None


def _print_csv(
    gateway: Gateway, what: Literal["sums", "rows"], query: Mapping[str, str | None]
) -> None:
    for part in gateway.usage_csv(query, rows=what == "rows"):
        sys.stdout.write(part)


def _print_table(report: UsageReport, by: UsageBy) -> None:
    steps = ("from",) if any(row.at for row in report.rows) else ()
    table = Table(*steps, by, "quantity", "unit", "spent USD", "estimate USD")
    for row in report.rows:
        table.add_row(
            *([f"{row.at:%Y-%m-%d %H:%M}"] if row.at else []),
            str(getattr(row, by)),
            f"{row.quantity:f}",
            row.unit,
            f"{row.cost_usd:f}",
            f"{row.estimate_usd:f}",
        )
    console = Console()
    console.print(table)
    console.print(f"spent {report.total_usd:f} USD; with the default providers it would have been")
    if report.baseline_usd is None:
        console.print(f"{report.estimate_usd:f} USD; there is no baseline to set it against")
        return
    console.print(f"{report.estimate_usd:f} USD, and without Parley {report.baseline_usd:f} USD")
    if report.saving_ratio is not None:
        console.print(f"saving {report.saving_ratio:.1%} of that")
    if report.saving_note is not None:
        console.print(report.saving_note)
