"""`parley tenants`: make tenants, look at them, and say how Parley behaves for them.

Needs the cluster's owner: DATABASE_URL and REDIS_URL name an admin's servers, else the embedded
ones are meant.
"""

import asyncio
import json
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.command_line.errors import CliError, Exit, not_good
from cli.command_line.options import DataDir, Json
from cli.command_line.output import print_json, say
from cli.command_line.tenant_options import (
    AddressingOption,
    Camera,
    Consent,
    Describe,
    IdleClose,
    Instructions,
    Knowledge,
    Language,
    LastResort,
    Personality,
    Policy,
    Retention,
    RoomAddressingOption,
    Vision,
    WeightsOption,
    Welcome,
    instructions_text,
)
from cli.embedded.directory import default_data_dir, prepare_data_dir
from cli.provision import addresses_of
from cli.provisioning.cluster import provision_cluster
from cli.provisioning.operator import Operator, no_tenant
from cli.provisioning.tenants import key_file, provision_tenant
from contracts.tenants import Plan, TenantState

app = typer.Typer(
    help="Tenants, and their configuration.\n\nExample: parley tenants create acme",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its slug: a-z, 0-9 and -.")]
Shown = Annotated[str | None, typer.Option("--name", help="What people call it.")]
OfPlan = Annotated[Plan | None, typer.Option("--tier", help="What it may take.")]


@app.command()
def create(
    name: Name,
    shown: Shown = None,
    tier: OfPlan = None,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Make a tenant and its first key, which may do everything in it and is shown this once.

    The key is kept in the data directory as well, for `--tenant NAME` of the other subcommands.

    Example: parley tenants create acme --tier professional
    """
    with operator(data_dir) as (owner, where):
        state, key = asyncio.run(_create(owner, where, name, tier or "free", shown))
    if as_json:
        print_json({"tenants": [_plain(state)], "key": key})
        return
    _print_tenant(state)
    say(f"its key, shown this once: {key}")


async def _create(
    owner: Operator, where: Path, name: str, tier: Plan, shown: str | None
) -> tuple[TenantState, str]:
    to = owner.addresses
    await provision_cluster(to, where, None)
    if await owner.find(name) is not None:
        raise not_good(
            "tenant_exists",
            f"There is a tenant `{name}` already.",
            f"Change it with `parley tenants set {name}`.",
        )
    await provision_tenant(to.database_url, to.redis_url, where, name, tier=tier)
    state = await owner.change(name, {"name": shown} if shown else {})
    return state, key_file(where, name).read_text().strip()


@app.command("list")
def list_(data_dir: DataDir = None, *, as_json: Json = False) -> None:
    """All tenants of the cluster.

    Example: parley tenants list --json
    """
    with operator(data_dir) as (owner, _):
        states = asyncio.run(owner.tenants())
    if as_json:
        _print(states, as_json=True)
        return
    table = Table("tenant", "name", "tier", "version")
    for state in states:
        table.add_row(state.tenant_id, Text(state.name), state.tier, str(state.version))
    Console().print(table)


@app.command()
def show(name: Name, data_dir: DataDir = None, *, as_json: Json = False) -> None:
    """One tenant and its configuration.

    Example: parley tenants show acme
    """
    with operator(data_dir) as (owner, _):
        state = asyncio.run(owner.find(name))
    if state is None:
        raise no_tenant(name)
    _print([state], as_json=as_json)


@app.command("set")
def set_(  # noqa: PLR0913, PLR0917 - an option each
    name: Name,
    shown: Shown = None,
    tier: OfPlan = None,
    instructions: Instructions = None,
    personality: Personality = None,
    language: Language = None,
    policy: Policy = None,
    weights: WeightsOption = None,
    offline_last_resort: LastResort = None,
    knowledge: Knowledge = None,
    addressing: AddressingOption = None,
    room_addressing: RoomAddressingOption = None,
    welcome: Welcome = None,
    vision: Vision = None,
    describe: Describe = None,
    camera: Camera = None,
    consent: Consent = None,
    idle_close_minutes: IdleClose = None,
    retention_days: Retention = None,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Change a tenant; every service follows within seconds. What is not named stays.

    Example: parley tenants set acme --tier enterprise --no-knowledge --retention-days 90
    """
    settings: dict[str, Any] = {
        "name": shown,
        "tier": tier,
        "instructions": instructions_text(instructions),
        "personality": personality,
        "language": language,
        "policy": policy,
        "weights": weights.split(",") if weights is not None else None,
        "offline_last_resort": offline_last_resort,
        "knowledge": knowledge,
        "addressing": addressing,
        "room_addressing": room_addressing,
        "welcome": welcome,
        "vision": vision,
        "describe": describe,
        "camera": camera,
        "consent": consent,
        "idle_close_minutes": idle_close_minutes,
        "retention_days": retention_days,
    }
    changes = {key: value for key, value in settings.items() if value is not None}
    if not changes:
        raise CliError(Exit.USAGE, "usage", "There is nothing to set.", "See --help.")
    with operator(data_dir) as (owner, _):
        state = asyncio.run(owner.change(name, changes))
    _print([state], as_json=as_json)


@contextmanager
def operator(data_dir: Path | None) -> Generator[tuple[Operator, Path]]:
    """The cluster's owner, and the data directory; embedded servers run as long as the block."""
    where = prepare_data_dir(data_dir or default_data_dir())
    with ExitStack() as stack:
        yield Operator(addresses_of(where, stack)), where


def _plain(state: TenantState) -> dict[str, Any]:
    return state.model_dump(mode="json") | {"limits": state.limits.model_dump(mode="json")}


def _print(states: Sequence[TenantState], *, as_json: bool) -> None:
    if as_json:
        print_json({"tenants": [_plain(state) for state in states]})
    else:
        for state in states:
            _print_tenant(state)


def _print_tenant(state: TenantState) -> None:
    """All of one, as text: instructions may look like markup."""
    table = Table(
        "setting", "value", title=f"{state.tenant_id} ({state.tier})", title_justify="left"
    )
    table.add_row("name", Text(state.name))
    for name, value in state.config.model_dump(mode="json").items():
        table.add_row(name, Text(value if isinstance(value, str) else json.dumps(value)))
    Console().print(table)
