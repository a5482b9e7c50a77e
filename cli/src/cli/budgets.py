"""`parley budgets`: what a tenant may spend in a month, what is left of it, prepaid credit."""

import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.errors import CliError, Exit, bad_input
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant
from cli.command_line.output import print_json, say
from contracts.budgets import BudgetBody, BudgetState
from contracts.fact import Model
from contracts.http import CreditBody
from runtime.ids import new_id

APPLIED_TIMEOUT_S: Final = 10.0
"""For metering to take what was set into the account that every service goes by."""
LOOK_EVERY_S: Final = 0.2
NOT_YET: Final = "saved; it holds once metering has read it (`parley facts` shows what waits)"
NO_LIMIT: Final = "none"
VALUE_ERROR: Final = "Value error, "
"""What pydantic puts before a sentence of ours."""
ModelT = TypeVar("ModelT", bound=Model)

app = typer.Typer(
    help="What a tenant may spend.\n\nExample: parley budgets show --tenant acme",
    no_args_is_help=True,
    rich_markup_mode=None,
)

MonthLimit = Annotated[
    str | None, typer.Option("--month-limit", metavar="USD|none", help="For each calendar month.")
]
SessionLimit = Annotated[
    str | None, typer.Option("--session-limit", metavar="USD|none", help="For each session.")
]
Hard = Annotated[
    bool | None,
    typer.Option("--hard/--soft", help="At its end calls are refused; soft: it is only told."),
]
Zone = Annotated[
    str | None,
    typer.Option("--time-zone", metavar="Europe/Berlin", help="Whose midnight begins a month."),
]
Steps = Annotated[
    str | None,
    typer.Option(
        "--ladder", metavar="70,85,95", help="Percent: fewer frames, cheapest tier, text only."
    ),
]
Alerts = Annotated[
    str | None, typer.Option("--alerts", metavar="50,80,100", help="Percent; '' for none.")
]
Currency = Annotated[str | None, typer.Option("--currency", help="USD, and no other.")]


@app.command()
def show(
    tenant: Tenant = DEFAULT_TENANT, data_dir: DataDir = None, *, as_json: Json = False
) -> None:
    """The budget, what is left of it, and where the tenant stands on the ladder.

    Example: parley budgets show --tenant acme --json
    """
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        state = gateway.budget()
    _print(state, as_json=as_json)


@app.command("set")
def set_(  # noqa: PLR0913, PLR0917 - an option each
    month_limit: MonthLimit = None,
    session_limit: SessionLimit = None,
    hard: Hard = None,
    time_zone: Zone = None,
    ladder: Steps = None,
    alerts: Alerts = None,
    currency: Currency = None,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Change the budget; every service follows within seconds. What is not named stays.

    Example: parley budgets set --tenant acme --month-limit 250 --time-zone Europe/Berlin
    """
    settings: dict[str, Any] = {
        "month_limit_usd": _limit(month_limit),
        "session_limit_usd": _limit(session_limit),
        "hard": hard,
        "time_zone": time_zone,
        "ladder": _ladder(ladder),
        "alerts_at": _percents(alerts),
        "currency": currency,
    }
    changes = {name: value for name, value in settings.items() if value is not None}
    if not changes:
        raise CliError(Exit.USAGE, "usage", "There is nothing to set.", "See --help.")
    for limit in ("month_limit_usd", "session_limit_usd"):
        if changes.get(limit) == NO_LIMIT:
            changes[limit] = None
    _checked(BudgetBody, {"version": 0, **changes})  # before a cluster is started for it
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        known = gateway.budget()
        body = {**known.budget.model_dump(), "version": known.version, **changes}
        state = gateway.set_budget(_checked(BudgetBody, body))
        state = _applied(gateway, state, lambda now: now.applied)
    _print(state, as_json=as_json)


@app.command()
def credit(
    usd: Annotated[str, typer.Argument(metavar="USD", help="Added; it lasts until spent.")],
    reason: Annotated[str, typer.Option("--reason", help="For the history, such as an invoice.")],
    credit_id: Annotated[
        UUID | None,
        typer.Option("--id", metavar="UUID", help="The same again adds nothing."),
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Add prepaid money beside the month's budget.

    Example: parley budgets credit 20 --tenant acme --reason "invoice 2026-117"
    """
    fields = {"credit_id": credit_id or new_id(), "usd": usd, "reason": reason}
    body = _checked(CreditBody, fields)
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        before = gateway.budget()
        gateway.add_credit(body)
        again = credit_id is not None  # then it may have been added long ago
        state = _applied(
            gateway, gateway.budget(), lambda now: again or now.credit_usd != before.credit_usd
        )
    _print(state, as_json=as_json)


def _applied(
    gateway: Gateway, state: BudgetState, is_applied: Callable[[BudgetState], bool]
) -> BudgetState:
    """Wait until every service goes by it; say so when that takes long."""
    deadline = time.monotonic() + APPLIED_TIMEOUT_S
    while not is_applied(state):
        if time.monotonic() >= deadline:
            say(NOT_YET)
            break
        time.sleep(LOOK_EVERY_S)
        state = gateway.budget()
    return state


def _limit(text: str | None) -> str | None:
    return NO_LIMIT if text is not None and text.strip().lower() == NO_LIMIT else text


def _ladder(text: str | None) -> dict[str, int] | None:
    if text is None:
        return None
    steps = _percents(text) or ()
    names = ("fewer_frames", "cheaper", "text_only")
    if len(steps) != len(names):
        raise bad_input("bad_budget", "A ladder has three steps.", "Write it as 70,85,95.")
    return dict(zip(names, steps, strict=True))


def _percents(text: str | None) -> Sequence[int] | None:
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise bad_input(
            "bad_budget", f"`{text}` is no list of percents.", "Write it as 50,80,100."
        ) from None


def _checked(kind: type[ModelT], fields: dict[str, Any]) -> ModelT:
    """What is sent; what it cannot be is bad input, in the contract's own words."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(str(part) for part in row['loc'])}: {row['msg'].removeprefix(VALUE_ERROR)}"
            for row in error.errors()
        )
        raise bad_input("bad_budget", f"That cannot be: {said}.", "See --help.") from None


def _print(state: BudgetState, *, as_json: bool) -> None:
    if as_json:
        print_json({"budget": state.model_dump(mode="json")})
        return
    plain = state.model_dump(mode="json")
    budget = plain.pop("budget")
    table = Table("", "value", title=f"{state.tenant_id}, {state.month}", title_justify="left")
    for name in ("limit_usd", "spent_usd", "held_usd", "credit_usd", "forecast_usd", "step"):
        value = plain[name]
        table.add_row(name, "none" if value is None else str(value))
    for name in ("session_limit_usd", "hard", "time_zone", "ladder", "alerts_at"):
        value = budget[name]
        table.add_row(name, "none" if value is None else str(value))
    Console().print(table)
