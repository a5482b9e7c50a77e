from contextlib import suppress

from redis.asyncio import Redis

from contracts.errors import UnavailableError
from contracts.ids import TenantId
from contracts.tenants import TenantConfig, TenantState, config_key
from runtime.clock import Clock
from runtime.database import Connection, Database, Row
from runtime.latest import Latest, publish_newer


class PublishedTenants:
    """PostgreSQL says what is so; the copy in Redis is what everybody reads, we as well."""

    def __init__(self, database: Database, redis: Redis, clock: Clock) -> None:
        self._database = database
        self._redis = redis
        self._latest = Latest(redis, TenantState.model_validate_json, clock)

    async def get(self, tenant_id: TenantId) -> TenantState:
        known = await self._latest.get(config_key(tenant_id))
        if known is not None:
            return known
        async with self._database.tenant(tenant_id) as connection:
            state = await _find(connection, tenant_id)
        # Redis was emptied, or never told; it may also be away, which must not keep anybody out.
        with suppress(UnavailableError):
            await self._publish(state)
        return state

    async def configure(self, tenant_id: TenantId, config: TenantConfig) -> TenantState:
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(
                "UPDATE tenants SET config = $2, version = version + 1 WHERE tenant_id = $1",
                tenant_id,
                config.model_dump_json(),
            )
            state = await _find(connection, tenant_id)
        await self._publish(state)
        return state

    async def _publish(self, state: TenantState) -> None:
        key = config_key(state.tenant_id)
        body = state.model_dump_json()
        await publish_newer(self._redis, key, version=state.version, body=body)
        self._latest.forget(key)


async def _find(connection: Connection, tenant_id: TenantId) -> TenantState:
    row: Row | None = await connection.fetchrow(
        "SELECT tenant_id, name, tier, version, config FROM tenants WHERE tenant_id = $1", tenant_id
    )
    assert row is not None, "a key's tenant is there: tenants are never deleted"
    plain = {**dict(row), "config": TenantConfig.model_validate_json(row["config"])}
    return TenantState.model_validate(plain)
