"""`parley provision`: everything that must exist before a service starts. Twice changes nothing."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.cluster.running_state import running_state
from cli.command_line.options import DataDir, Json
from cli.command_line.output import print_json, say
from cli.command_line.settings import cli_settings
from cli.embedded.directory import default_data_dir, prepare_data_dir
from cli.embedded.servers import Addresses, running_servers
from cli.provisioning.cluster import provision_cluster

ANew = Annotated[str | None, typer.Option("--tenant", help="Make this tenant and a key to it.")]


def command(tenant: ANew = None, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Make roles, schemas, tables, streams, groups, Redis users; on request a tenant and its key.

    DATABASE_URL (an admin's) and REDIS_URL say where; else the embedded servers are meant.

    Example: parley provision --tenant demo
    """
    where = prepare_data_dir(data_dir or default_data_dir())
    with ExitStack() as stack:
        addresses = addresses_of(where, stack)
        done = asyncio.run(provision_cluster(addresses, where, tenant))
    made: dict[str, Any] = {
        "migrations": list(done.migrations),
        "roles": list(done.roles),
        "groups": done.groups,
        "redis_users": list(done.redis_users),
        "tenant": tenant,
        "key_file": str(done.key_file) if done.key_file else None,
        "changed": done.changed,
    }
    if as_json:
        print_json(made)
    elif done.changed:
        tenant_too = f", tenant {tenant}" if tenant else ""
        say(
            f"made: {len(done.migrations)} migrations applied, {len(done.roles)} services let in, "
            f"{done.groups} groups, {len(done.redis_users)} Redis users{tenant_too}"
        )
    else:
        say("everything is there already")
    if done.redis_users_refused:
        say_refused(done.redis_users_refused)
    if done.key_file and not as_json:
        say(f"the key of {tenant} is in {done.key_file}")


def say_refused(why: str) -> None:
    """That the services share a Redis user, and how to change that."""
    say(
        f"this Redis makes or keeps no users ({why}): the services share the user of REDIS_URL; "
        "docs/guides/redis-users.md says what to do"
    )


def addresses_of(where: Path, stack: ExitStack) -> Addresses:
    """Those of the environment, of the cluster that runs here, or of servers started for this."""
    settings = cli_settings()
    database_url = settings.database_url.get_secret_value() if settings.database_url else None
    state = None
    if database_url is None or settings.redis_url is None:
        state = running_state(where)
    if state is not None:
        return Addresses(database_url or state.database_url, settings.redis_url or state.redis_url)
    return stack.enter_context(
        running_servers(where, database_url=database_url, redis_url=settings.redis_url, say=say)
    )
