"""A whole cluster from empty to ready: database, streams, users, and on request a tenant."""

from dataclasses import dataclass
from pathlib import Path

from cli.command_line.settings import cli_settings
from cli.embedded.servers import Addresses
from cli.provisioning.database import provision_database
from cli.provisioning.redis_users import provision_users
from cli.provisioning.secret import stored_secret
from cli.provisioning.tenants import key_file, provision_tenant
from runtime.bus import provision_streams
from runtime.redis_client import connect_redis


@dataclass(frozen=True)
class ProvisionedCluster:
    """What a run made; `changed` is False when everything was there.

    Attributes:
        redis_users: services that got a user of their own in Redis.
        redis_users_refused: why they share the operator's; None when they do not.
    """

    migrations: tuple[str, ...]
    roles: tuple[str, ...]
    groups: int
    redis_users: tuple[str, ...]
    redis_users_refused: str | None
    key_file: Path | None
    changed: bool


def cluster_secret(data_dir: Path) -> bytes:
    """PARLEY_SECRET where it is set (several machines share it), else the data directory's own."""
    named = cli_settings().secret
    return named.get_secret_value().encode() if named else stored_secret(data_dir)


async def provision_cluster(
    addresses: Addresses, data_dir: Path, tenant: str | None
) -> ProvisionedCluster:
    """Make what is missing.

    Raises:
        CliError: PostgreSQL is not there or refuses, or a migration cannot be applied.
        UnavailableError: Redis does not answer.
    """
    secret = cluster_secret(data_dir)
    tables = await provision_database(addresses.database_url, secret)
    redis = connect_redis(addresses.redis_url, max_connections=2)
    try:
        groups = await provision_streams(redis, shards=cli_settings().stream_shards)
        users = await provision_users(redis, secret)
    finally:
        await redis.aclose()
    changed = bool(tables.applied or tables.made or groups or users.made)
    if tenant is not None:
        changed |= await provision_tenant(
            addresses.database_url, addresses.redis_url, data_dir, tenant
        )
    key = key_file(data_dir, tenant) if tenant else None
    return ProvisionedCluster(
        tables.applied, tables.made, groups, users.made, users.refused, key, changed
    )
