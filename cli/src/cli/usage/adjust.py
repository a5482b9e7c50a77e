"""`parley usage adjust`: correct the ledger by a row of its own."""

from typing import Annotated
from uuid import UUID

import typer

from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant
from cli.command_line.output import print_json, say
from contracts.http import UsageAdjustment
from runtime.ids import new_id


def adjust(  # noqa: PLR0913 - its options
    *,
    usd: Annotated[
        str, typer.Option("--usd", help="What is added to the ledger; below 0: taken back.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="For whoever reads the ledger later.")],
    use: Annotated[
        UUID | None, typer.Option("--use", help="The use that it corrects, by its usage id.")
    ] = None,
    provider: Annotated[str | None, typer.Option("--provider", help="Without --use.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Without --use.")] = None,
    month: Annotated[
        str | None, typer.Option("--month", help="Without --use: whose sum it changes, 2026-11.")
    ] = None,
    currency: Annotated[str, typer.Option("--currency", help="USD; there is no other.")] = "USD",
    key: Annotated[
        str | None, typer.Option("--key", help="The same key again is the same correction.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Correct the ledger by a row of its own, with a reason. The key must be an administrator's.

    Example: parley usage adjust --usd -0.25 --use USAGE_ID --reason "refunded by the provider"
    """
    named = {
        "usage_id": use and str(use),
        "provider": provider,
        "model": model,
        "month": month,
    }
    body = {"cost_usd": usd, "reason": reason, "currency": currency}
    body |= {name: value for name, value in named.items() if value is not None}
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        made = gateway.adjust_usage(body, key=key or str(new_id()))
    if as_json:
        print_json({"adjusted": made.model_dump(mode="json")})
    else:
        _say(made)


def _say(made: UsageAdjustment) -> None:
    say(
        f"{made.cost_usd:f} USD for {made.provider}:{made.model} in {made.month}: "
        f"{made.reason} ({made.adjustment_id})"
    )
