"""What only the cluster's owner does, straight in its database: tenants, tiers, first keys.

A tenant's own key makes no tenants and raises no tier, whatever its scopes.
"""

import hashlib
import os
import secrets
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types
from pydantic import ValidationError

from cli.command_line.errors import CliError, bad_input, missing
from cli.embedded.servers import Addresses
from cli.provisioning.database import admin_connection
from cli.provisioning.secret import owner_role
from cli.provisioning.tenants import GATEWAY, KEY_BYTES
from contracts.ids import KeyId, TenantId
from contracts.tenants import (
    KeyCreated,
    KeyState,
    Scope,
    TenantConfig,
    TenantConfigBody,
    TenantState,
    config_key,
)
from runtime.database import Connection, Row
from runtime.latest import publish_newer
from runtime.redis_client import connect_redis

OWNER = owner_role("gateway")
STATE = "SELECT tenant_id, name, tier, version, config FROM gateway.tenants"
KEY = "key_id, tenant_id, scopes, created_at, revoked_at"


@dataclass(frozen=True)
class Operator:
    """The cluster's owner, by the admin's DATABASE_URL or the embedded server's.

    Every method raises CliError: 4 when PostgreSQL is not there or not provisioned, 3 for a tenant
    or key that is not.
    """

    addresses: Addresses

    async def tenants(self) -> list[TenantState]:
        """All, by their slug."""
        async with self._as(OWNER) as connection:
            await connection.execute("SELECT set_config('app.operator', 'on', true)")
            return [_state(row) for row in await connection.fetch(f"{STATE} ORDER BY tenant_id")]

    async def find(self, tenant: str) -> TenantState | None:
        async with self._as(GATEWAY, tenant) as connection:
            return await _find(connection, tenant)

    async def change(self, tenant: str, changes: Mapping[str, Any]) -> TenantState:
        """Set `name`, `tier` or what the configuration has; every service follows in seconds.

        Raises:
            CliError: 3 too for what the configuration may not be.
        """
        async with self._as(GATEWAY, tenant) as connection:
            known = await _find(connection, tenant)
            if known is None:
                raise no_tenant(tenant)
            own = {name: changes[name] for name in ("name", "tier") if name in changes}
            config = known.config.model_dump() | {
                name: value for name, value in changes.items() if name not in own
            }
            body = _checked(config)
            changed = known.model_copy(update=own | {"version": known.version + 1})
            await connection.execute(
                "UPDATE gateway.tenants SET name = $2, tier = $3, config = $4, version = $5 "
                "WHERE tenant_id = $1",
                tenant,
                changed.name,
                changed.tier,
                body.model_dump_json(),
                changed.version,
            )
        state = changed.model_copy(update={"config": TenantConfig(**body.model_dump())})
        await self._tell(state)
        return state

    async def make_key(self, tenant: str, scopes: Sequence[Scope]) -> KeyCreated:
        """A new key; its text is kept nowhere."""
        text = f"pk_{secrets.token_urlsafe(KEY_BYTES)}"
        async with self._as(GATEWAY, tenant) as connection:
            if await _find(connection, tenant) is None:
                raise no_tenant(tenant)
            row = await connection.fetchrow(
                "INSERT INTO gateway.api_keys (key_id, tenant_id, key_hash, scopes) "  # noqa: S608 - own words
                f"VALUES ($1, $2, $3, $4) RETURNING {KEY}",
                uuid.UUID(bytes=os.urandom(16), version=4),
                tenant,
                hashlib.sha256(text.encode()).hexdigest(),
                list(dict.fromkeys(scopes)),
            )
        assert row is not None, "what was inserted is returned"
        return KeyCreated(**dict(row), key=text)

    async def keys(self, tenant: str) -> list[KeyState]:
        """Newest first, revoked ones too."""
        async with self._as(GATEWAY, tenant) as connection:
            if await _find(connection, tenant) is None:
                raise no_tenant(tenant)
            rows = await connection.fetch(
                f"SELECT {KEY} FROM gateway.api_keys ORDER BY created_at DESC, key_id"  # noqa: S608 - own words
            )
        return [KeyState(**dict(row)) for row in rows]

    async def revoke(self, tenant: str, key_id: KeyId) -> KeyState:
        """At once and for ever; a second time changes nothing."""
        async with self._as(GATEWAY, tenant) as connection:
            row = await connection.fetchrow(
                "UPDATE gateway.api_keys SET revoked_at = coalesce(revoked_at, now()) "  # noqa: S608 - own words
                f"WHERE key_id = $1 RETURNING {KEY}",
                key_id,
            )
        if row is None:
            raise bad_input(
                "unknown_key",
                f"Tenant `{tenant}` has no key {key_id}.",
                f"See `parley keys list --tenant {tenant}`.",
            )
        return KeyState(**dict(row))

    async def _tell(self, state: TenantState) -> None:
        redis = connect_redis(self.addresses.redis_url, max_connections=2)
        try:
            key = config_key(state.tenant_id)
            body = state.model_dump_json()
            await publish_newer(redis, key, version=state.version, body=body)
        finally:
            await redis.aclose()

    @asynccontextmanager
    async def _as(self, role: str, tenant: str = "") -> AsyncGenerator[Connection]:
        """A transaction under the policies of a role: what they hide stays hidden from us too."""
        try:
            async with (
                admin_connection(self.addresses.database_url) as admin,
                admin.transaction(),
            ):
                await admin.execute(f"SET LOCAL ROLE {role}")
                await admin.execute("SELECT set_config('app.tenant_id', $1, true)", tenant)
                yield admin
        except (asyncpg.UndefinedObjectError, asyncpg.UndefinedTableError) as error:
            raise missing(
                "not_provisioned",
                "The gateway's tables are not there.",
                "Run `parley provision` first.",
            ) from error


async def _find(connection: Connection, tenant: str) -> TenantState | None:
    row = await connection.fetchrow(f"{STATE} WHERE tenant_id = $1", tenant)
    return _state(row) if row is not None else None


def _checked(config: Mapping[str, Any]) -> TenantConfigBody:
    try:
        return TenantConfigBody.model_validate(config)
    except ValidationError as error:
        wrong = [
            f"`{row['loc'][0]}`: {row['msg'].removeprefix('Value error, ')}"
            for row in error.errors()
        ]
        raise bad_input(
            "bad_configuration",
            f"{'; '.join(wrong)}.",
            "docs/reference/tenant-configuration.md says what each setting may be.",
        ) from error


def _state(row: Row) -> TenantState:
    config = TenantConfig.model_validate_json(row["config"])
    return TenantState.model_validate({**dict(row), "config": config})


def no_tenant(tenant: str | TenantId) -> CliError:
    """Exit 3."""
    return bad_input(
        "unknown_tenant",
        f"There is no tenant `{tenant}` in this cluster.",
        f"Make it with `parley tenants create {tenant}`.",
    )
