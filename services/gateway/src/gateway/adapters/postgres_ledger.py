from typing import Final

from contracts.http import UsageBy, UsageReport, UsageRow
from contracts.ids import TenantId
from gateway.ports import UsageQuery
from runtime.database import Database

_COLUMNS: Final[dict[UsageBy, str]] = {
    "service": "service",
    "provider": "provider",
    "model": "model",
    "session": "session_id",
}
_WHERE: Final = (
    "tenant_id = $1 AND ($2::timestamptz IS NULL OR occurred_at >= $2) "
    "AND ($3::uuid IS NULL OR session_id = $3)"
)


class MeteringLedger:
    """metering's two views, which it grants to the gateway's role."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def usage(self, tenant_id: TenantId, query: UsageQuery) -> UsageReport:
        column = _COLUMNS[query.by]
        asked = (tenant_id, query.since, query.session_id)
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                f"SELECT {column} AS of, unit, sum(quantity) AS quantity, "  # noqa: S608 -- own names
                "sum(cost_usd) AS cost_usd, sum(estimate_usd) AS estimate_usd "
                f"FROM metering.usage WHERE {_WHERE} GROUP BY 1, 2 ORDER BY 1, 2",
                *asked,
            )
            baseline_usd = await connection.fetchval(
                f"SELECT sum(baseline_usd) FROM metering.baselines WHERE {_WHERE}",  # noqa: S608 -- own names
                *asked,
            )
        report = [
            UsageRow.model_validate(
                {
                    query.by: row["of"],
                    "unit": row["unit"],
                    "quantity": row["quantity"],
                    "cost_usd": row["cost_usd"],
                    "estimate_usd": row["estimate_usd"],
                }
            )
            for row in rows
        ]
        return UsageReport.model_validate(
            {
                "rows": report,
                "total_usd": sum(row.cost_usd for row in report),
                "estimate_usd": sum(row.estimate_usd for row in report),
                "baseline_usd": baseline_usd,
            }
        )
