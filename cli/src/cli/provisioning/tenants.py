"""A tenant, its account and its key. The key's text is kept in the data directory only."""

import hashlib
import os
import re
import secrets
import uuid
from pathlib import Path

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types

from cli.command_line.errors import bad_input, missing
from cli.command_line.options import DEFAULT_TENANT
from cli.provisioning.database import admin_connection
from cli.provisioning.secret import login_role
from contracts.ids import TENANT_PATTERN, TenantId
from contracts.tenants import Plan
from runtime.database import Connection
from runtime.redis_client import connect_redis
from spending import Accounts

KEY_BYTES = 24
SCOPES = ["read", "write", "admin"]
OWN_PLAN: Plan = "enterprise"
"""Of tenants that the cluster's owner makes on the way; `parley tenants` gives the others."""
GATEWAY = login_role("gateway")


def key_file(data_dir: Path, tenant: str) -> Path:
    """Where a tenant's key is kept, mode 0600.

    Raises:
        CliError: 3, the name is no slug.
    """
    if not re.fullmatch(TENANT_PATTERN, tenant):
        raise bad_input(
            "bad_tenant",
            f"`{tenant}` cannot name a tenant.",
            "Use up to 40 of a-z, 0-9 and -, beginning with a letter or digit.",
        )
    return data_dir / "key" if tenant == DEFAULT_TENANT else data_dir / "keys" / tenant


async def provision_tenant(
    admin_url: str, redis_url: str, data_dir: Path, tenant: str, *, tier: Plan = OWN_PLAN
) -> bool:
    """Make the tenant, its account and its key, where missing; True if anything was made.

    A key whose text was lost is replaced by a new one; the old one stays valid until revoked.

    Raises:
        CliError: 3, the name is no slug; 4, the tables are not there.
    """
    path = key_file(data_dir, tenant)
    stored = path.read_text().strip() if path.exists() else None
    key = stored or f"pk_{secrets.token_urlsafe(KEY_BYTES)}"
    try:
        async with admin_connection(admin_url) as admin, admin.transaction():
            has_ledger = await _has_ledger(admin, tenant)
            made = await _insert(admin, tenant, key, tier)
    except (asyncpg.UndefinedObjectError, asyncpg.UndefinedTableError) as error:
        raise missing(
            "not_provisioned",
            "The gateway's tables are not there.",
            "Run `parley provision` first.",
        ) from error
    redis = connect_redis(redis_url, max_connections=2)
    try:
        # Lets a new tenant begin at once. Metering makes the account of one with a ledger, by its
        # budget there: one made here would have no limit.
        if not has_ledger:
            made |= await Accounts(redis).make(TenantId(tenant))
    finally:
        await redis.aclose()
    if stored is None:
        _keep(path, key)
    return made or stored is None


async def _has_ledger(admin: Connection, tenant: str) -> bool:
    """Whether the tenant ever used anything or was given a budget."""
    known = await admin.fetchval("SELECT 1 FROM metering.known_accounts WHERE slug = $1", tenant)
    return known is not None


async def _insert(admin: Connection, tenant: str, key: str, tier: Plan) -> bool:
    # As the service itself, under its policies: what it could not see later fails here.
    await admin.execute(f"SET LOCAL ROLE {GATEWAY}")
    await admin.execute("SELECT set_config('app.tenant_id', $1, true)", tenant)
    tenants = await admin.execute(
        "INSERT INTO gateway.tenants (tenant_id, name, tier) VALUES ($1, $1, $2) "
        "ON CONFLICT DO NOTHING",
        tenant,
        tier,
    )
    keys = await admin.execute(
        "INSERT INTO gateway.api_keys (key_id, tenant_id, key_hash, scopes) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (key_hash) DO NOTHING",
        uuid.UUID(bytes=os.urandom(16), version=4),
        tenant,
        hashlib.sha256(key.encode()).hexdigest(),
        SCOPES,
    )
    return "1" in (tenants[-1], keys[-1])


def _keep(path: Path, key: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    half = path.with_suffix(".tmp")
    half.unlink(missing_ok=True)
    half.touch(0o600)
    half.write_text(key + "\n")
    half.rename(path)
