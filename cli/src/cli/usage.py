"""`parley usage`: what was spent, on what, and what it stands against."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.errors import bad_input
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant
from cli.command_line.output import print_json
from contracts.http import UsageBy, UsageReport


def command(
    by: Annotated[UsageBy, typer.Option("--by", help="What rows are added up by.")] = "service",
    since: Annotated[
        str | None, typer.Option("--since", help="ISO 8601, such as 2026-11-21 or …T08:00Z.")
    ] = None,
    session: Annotated[UUID | None, typer.Option("--session", help="One session only.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """What was spent, and on what.

    Example: parley usage --by model --since 2026-11-01 --json
    """
    from_ = _time(since) if since is not None else None
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        report = gateway.usage(by=by, since=from_, session_id=session)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _print_table(report, by)


def _time(text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        raise bad_input(
            "bad_time",
            f"`{text}` is no date or time.",
            "Write it as 2026-11-21 or 2026-11-21T08:00Z; UTC if unsaid.",
        ) from None


def _print_table(report: UsageReport, by: UsageBy) -> None:
    table = Table(by, "quantity", "unit", "spent USD", "estimate USD")
    for row in report.rows:
        table.add_row(
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
        console.print(f"{report.estimate_usd:f} USD; nothing was asked, so there is no baseline")
        return
    console.print(f"{report.estimate_usd:f} USD, and without Parley {report.baseline_usd:f} USD")
    if report.saving_ratio is not None:
        console.print(f"saving {report.saving_ratio:.1%} of that")
    if report.saving_note is not None:
        console.print(report.saving_note)
