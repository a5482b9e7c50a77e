"""`parley usage reconcile`: a provider's invoice beside the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.errors import Exit
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant, require_file
from cli.command_line.output import print_json, say
from cli.usage.invoice import Columns, Costs, Difference, differences, read_invoice


def reconcile(  # noqa: PLR0913 - its options
    invoice: Annotated[
        Path, typer.Option("--invoice", metavar="FILE.csv", help="A provider's costs by day.")
    ],
    provider: Annotated[
        str | None, typer.Option("--provider", help="Whose invoice it is; all if unsaid.")
    ] = None,
    *,
    date_column: Annotated[str, typer.Option("--date-column", help="UTC's day.")] = "date",
    model_column: Annotated[
        str, typer.Option("--model-column", help="Named as in the ledger.")
    ] = "model",
    cost_column: Annotated[str, typer.Option("--cost-column", help="US dollars.")] = "cost_usd",
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Compare the ledger with an invoice, from its first day to its last; exit 1 if they differ.

    Example: parley usage reconcile --invoice november.csv --provider anthropic
    """
    require_file(invoice)
    billed = read_invoice(invoice, Columns(date_column, model_column, cost_column))
    first, last = min(day for day, _ in billed), max(day for day, _ in billed)
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        found = differences(_ledger(gateway, first, last, provider), billed)
    if as_json:
        print_json(_plain(found))
    else:
        _print(found, first, last)
    if found:
        raise typer.Exit(Exit.NOT_GOOD)


def _ledger(gateway: Gateway, first: date, last: date, provider: str | None) -> Costs:
    query = {
        "by": "model",
        "every": "day",
        "since": first.isoformat(),
        "until": (last + timedelta(days=1)).isoformat(),
        "provider": provider,
    }
    costs: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for row in gateway.usage(query).rows:
        if row.at is not None and row.model is not None:
            costs[row.at.date(), row.model] += row.cost_usd
    return costs


def _total(found: Sequence[Difference]) -> Decimal:
    return sum((one.difference_usd for one in found), Decimal(0))


def _plain(found: Sequence[Difference]) -> dict[str, object]:
    days = [
        {
            "date": one.date.isoformat(),
            "model": one.model,
            "ledger_usd": f"{one.ledger_usd:f}",
            "invoice_usd": f"{one.invoice_usd:f}",
            "difference_usd": f"{one.difference_usd:f}",
        }
        for one in found
    ]
    return {"days": days, "difference_usd": f"{_total(found):f}"}


def _print(found: Sequence[Difference], first: date, last: date) -> None:
    if not found:
        say(f"ledger and invoice agree to the last digit, {first} to {last}")
        return
    table = Table("day", "model", "ledger USD", "invoice USD", "invoice - ledger")
    for one in found:
        figures = (one.ledger_usd, one.invoice_usd, one.difference_usd)
        table.add_row(str(one.date), one.model, *(f"{usd:f}" for usd in figures))
    Console().print(table)
    say(f"together {_total(found):f} USD; put a row right with `parley usage adjust`")
