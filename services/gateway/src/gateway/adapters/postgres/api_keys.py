from collections.abc import Sequence
from datetime import datetime

from contracts.ids import KeyId, TenantId
from contracts.tenants import KeyState
from gateway.domain.callers import Caller, scopes_of
from runtime.database import Database


class PostgresApiKeys:
    """The ports `Callers` and `KeyStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key_hash: str) -> Caller | None:
        async with self._database.key(key_hash) as connection:
            row = await connection.fetchrow(
                "SELECT tenant_id, key_id, scopes FROM api_keys "
                "WHERE key_hash = $1 AND revoked_at IS NULL",
                key_hash,
            )
        if row is None:
            return None
        return Caller(row["tenant_id"], row["key_id"], scopes_of(row["scopes"]))

    async def is_in_force(self, tenant_id: TenantId, key_id: KeyId) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            found = await connection.fetchval(
                "SELECT true FROM api_keys WHERE key_id = $1 AND revoked_at IS NULL", key_id
            )
        return bool(found)

    async def add(self, key: KeyState, key_hash: str) -> None:
        async with self._database.tenant(key.tenant_id) as connection:
            await connection.execute(
                "INSERT INTO api_keys (key_id, tenant_id, key_hash, scopes, created_at) "
                "VALUES ($1, $2, $3, $4, $5)",
                key.key_id,
                key.tenant_id,
                key_hash,
                list(key.scopes),
                key.created_at,
            )

    async def list(self, tenant_id: TenantId) -> Sequence[KeyState]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT key_id, tenant_id, scopes, created_at, revoked_at FROM api_keys "
                "ORDER BY created_at DESC, key_id"
            )
        return [KeyState(**dict(row)) for row in rows]

    async def revoke(self, tenant_id: TenantId, key_id: KeyId, at: datetime) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            found = await connection.fetchval(
                "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1 "
                "RETURNING true",
                key_id,
                at,
            )
        return bool(found)
