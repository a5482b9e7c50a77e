from collections.abc import Sequence
from typing import Final

from contracts.budgets import UsageAdjusted
from contracts.fact import Envelope
from contracts.ids import TenantId
from gateway.adapters.postgres.outbox import save_to_outbox
from runtime.database import Database

NEWEST: Final = 200
_NAMES: Final = (
    "adjustment_id, cost_usd, reason, provider, model, month, usage_id, adjusted_at, adjusted_by"
)


class PostgresAdjustments:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, event: Envelope[UsageAdjusted]) -> UsageAdjusted:
        made = event.data
        async with self._database.tenant(event.tenant_id) as connection:
            added = await connection.fetchval(
                f"INSERT INTO usage_adjustments (tenant_id, {_NAMES}) "  # noqa: S608 - own names
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
                "ON CONFLICT DO NOTHING RETURNING true",
                event.tenant_id,
                made.adjustment_id,
                made.cost_usd,
                made.reason,
                made.provider,
                made.model,
                made.month,
                made.usage_id,
                made.adjusted_at,
                made.adjusted_by,
            )
            if added:
                await save_to_outbox(connection, event)
                return made
            row = await connection.fetchrow(
                f"SELECT {_NAMES} FROM usage_adjustments WHERE adjustment_id = $1",  # noqa: S608 - own names
                made.adjustment_id,
            )
        assert row is not None, "what was in the way is there"
        return UsageAdjusted.model_validate(dict(row))

    async def newest(self, tenant_id: TenantId) -> Sequence[UsageAdjusted]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                f"SELECT {_NAMES} FROM usage_adjustments "  # noqa: S608 - own names
                "ORDER BY adjusted_at DESC, adjustment_id LIMIT $1",
                NEWEST,
            )
        return [UsageAdjusted.model_validate(dict(row)) for row in rows]
