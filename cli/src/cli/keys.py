"""`parley keys`: the keys that open a tenant's door.

With PARLEY_URL by the API, then PARLEY_API_KEY must be one that may administer and says whose keys
are meant; else in the cluster's own database, by its owner.
"""

import asyncio
from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant
from cli.command_line.output import print_json, say
from cli.command_line.settings import cli_settings
from cli.tenants import operator
from contracts.ids import KeyId
from contracts.tenants import KeyState, Scope


class ScopeName(Enum):
    """`Scope` as typer can repeat it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


app = typer.Typer(
    help="Keys that open a tenant's door.\n\nExample: parley keys create --tenant acme",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def create(
    scope: Annotated[
        list[ScopeName] | None,
        typer.Option("--scope", help="What it may do; again for more. read and write if unsaid."),
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Make a key. Its text is shown this once and kept nowhere.

    Example: parley keys create --tenant acme --scope read
    """
    scopes: list[Scope] = [name.value for name in scope or (ScopeName.READ, ScopeName.WRITE)]
    if cli_settings().url:
        with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
            made = gateway.make_key(scopes)
    else:
        with operator(data_dir) as (owner, _):
            made = asyncio.run(owner.make_key(tenant, scopes))
    if as_json:
        plain = made.model_dump(mode="json")
        print_json({"key": plain.pop("key"), "keys": [plain]})
        return
    _print_keys([made])
    say("the key, shown this once:")
    Console().print(made.key, markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_(
    tenant: Tenant = DEFAULT_TENANT, data_dir: DataDir = None, *, as_json: Json = False
) -> None:
    """A tenant's keys, newest first, without their text.

    Example: parley keys list --tenant acme
    """
    if cli_settings().url:
        with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
            keys: Sequence[KeyState] = gateway.keys().keys
    else:
        with operator(data_dir) as (owner, _):
            keys = asyncio.run(owner.keys(tenant))
    _print(keys, as_json=as_json)


@app.command()
def revoke(
    key_id: Annotated[UUID, typer.Argument(metavar="KEY_ID", help="As `list` shows it.")],
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Revoke a key at once and for ever; its open event streams end within seconds.

    Example: parley keys revoke 3f2b8c1e-5d7a-4b0e-9a53-2f0b8f7e4d11 --tenant acme
    """
    if cli_settings().url:
        with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
            gateway.revoke_key(key_id)
            revoked = next(key for key in gateway.keys().keys if key.key_id == key_id)
    else:
        with operator(data_dir) as (owner, _):
            revoked = asyncio.run(owner.revoke(tenant, KeyId(key_id)))
    _print([revoked], as_json=as_json)


def _print(keys: Sequence[KeyState], *, as_json: bool) -> None:
    if as_json:
        plain: list[dict[str, Any]] = [key.model_dump(mode="json") for key in keys]
        print_json({"keys": plain})
    else:
        _print_keys(keys)


def _print_keys(keys: Sequence[KeyState]) -> None:
    whole = Column("key", no_wrap=True, min_width=len(str(UUID(int=0))))  # to be copied
    table = Table(whole, "tenant", "scopes", "created", "revoked")
    for key in keys:
        revoked = key.revoked_at.isoformat(timespec="seconds") if key.revoked_at else ""
        made = key.created_at.isoformat(timespec="seconds")
        table.add_row(str(key.key_id), key.tenant_id, " ".join(key.scopes), made, revoked)
    Console().print(table)
