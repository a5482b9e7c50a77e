from typing import Final

from contracts.http import BaselineRow, UsageBy, UsageReport, UsageRow
from contracts.ids import TenantId
from gateway.domain.money import exact_sum, usage_report
from gateway.ports.usage import UsageQuery
from runtime.database import Database

_COLUMNS: Final[dict[UsageBy, str]] = {
    "service": "service",
    "provider": "provider",
    "model": "model",
    "session": "session_id",
    "kind": "kind",
}
_WHERE: Final = (
    "tenant_id = $1 AND ($2::timestamptz IS NULL OR occurred_at >= $2) "
    "AND ($3::uuid IS NULL OR session_id = $3)"
)
# None where no step is named; then everything is one group.
_STEP: Final = "date_trunc($4::text, occurred_at, 'UTC')"


class PostgresUsageLedger:
    """metering's views, which it grants to the gateway's role."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def usage(self, tenant_id: TenantId, query: UsageQuery) -> UsageReport:
        column = _COLUMNS[query.by]
        arguments = (tenant_id, query.since, query.session_id, query.every)
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                f"SELECT {_STEP} AS at, {column} AS {query.by}, unit, "  # noqa: S608 - own names
                "sum(quantity) AS quantity, sum(cost_usd) AS cost_usd, "
                "sum(estimate_usd) AS estimate_usd, sum(tokens_in) AS tokens_in, "
                "sum(tokens_out) AS tokens_out, sum(tokens_cached) AS tokens_cached "
                f"FROM metering.usage WHERE {_WHERE} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                *arguments,
            )
            baselines = await connection.fetch(
                f"SELECT {_STEP} AS at, sum(questions) AS questions, "  # noqa: S608 - own names
                "sum(baseline_usd) AS baseline_usd "
                f"FROM metering.baseline_costs WHERE {_WHERE} GROUP BY 1 ORDER BY 1",
                *arguments,
            )
        was_asked = any(row["questions"] for row in baselines)
        return usage_report(
            [UsageRow.model_validate(dict(row)) for row in rows],
            exact_sum(row["baseline_usd"] for row in baselines) if was_asked else None,
            [BaselineRow.model_validate(dict(row)) for row in baselines]
            if was_asked and query.every
            else [],
        )
