from collections.abc import Sequence

from contracts.ids import SessionId, TenantId
from gateway.domain.budgets.price_tags import KindCost
from runtime.database import Database


class PostgresSessionCosts:
    """metering's view, which it grants to the gateway's role."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def costs(self, tenant_id: TenantId, session_id: SessionId) -> Sequence[KindCost]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT turn_id, kind, sum(cost_usd) AS cost_usd, "
                "sum(estimate_usd) AS estimate_usd, bool_and(confirmed) AS confirmed "
                "FROM metering.usage WHERE tenant_id = $1 AND session_id = $2 "
                "GROUP BY turn_id, kind ORDER BY min(occurred_at), turn_id",
                tenant_id,
                session_id,
            )
        return [KindCost(**dict(row)) for row in rows]
