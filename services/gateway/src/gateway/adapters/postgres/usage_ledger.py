from collections.abc import AsyncIterator, Sequence
from typing import Final

from contracts.http import BaselineRow, UsageBy, UsageEntry, UsageReport, UsageRow
from contracts.ids import TenantId, UsageId
from gateway.domain.hours import HourSpan, split_hours
from gateway.domain.money import exact_sum, usage_report
from gateway.ports.usage import LedgerModel, UsageQuery
from runtime.database import Database, Row

_PAGE: Final = 1_000
_COLUMNS: Final[dict[UsageBy, str]] = {
    "service": "service",
    "provider": "provider",
    "model": "model",
    "session": "session_id",
    "kind": "kind",
}
# None where no step is named; then everything is one group.
_STEP: Final = "date_trunc($2::text, at, 'UTC')"
_OF_SESSION: Final = (
    "tenant_id = $1 AND session_id = $3 AND occurred_at >= coalesce($4, '-infinity'::timestamptz) "
    "AND occurred_at < coalesce($5, 'infinity'::timestamptz)"
)


def _hourly(figures: str, hours: str, rows: str, row_figures: str) -> str:
    """Sums of whole hours, with the rows of what is left at both ends."""
    row = f"SELECT occurred_at, {row_figures} FROM metering.{rows} WHERE tenant_id = $1 "  # noqa: S608 - own names
    return (
        f"SELECT hour AS at, {figures} FROM metering.{hours} WHERE tenant_id = $1 "  # noqa: S608 - own names
        "AND hour >= coalesce($3, '-infinity'::timestamptz) "
        "AND hour < coalesce($4, 'infinity'::timestamptz) "
        f"UNION ALL {row} AND occurred_at >= $5 AND occurred_at < $6 "
        f"UNION ALL {row} AND occurred_at >= $7 AND occurred_at < $8"
    )


class PostgresUsageLedger:
    """metering's views, which it grants to the gateway's role."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def usage(self, tenant_id: TenantId, query: UsageQuery) -> UsageReport:
        used, baseline, arguments = _sources(tenant_id, query)
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                f"SELECT {_STEP} AS at, {_COLUMNS[query.by]} AS {query.by}, unit, "  # noqa: S608 - own names
                "sum(quantity) AS quantity, sum(cost_usd) AS cost_usd, "
                f"sum(estimate_usd) AS estimate_usd FROM ({used}) AS used "
                "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                *arguments,
            )
            baselines = await connection.fetch(
                f"SELECT {_STEP} AS at, sum(questions)::bigint AS questions, "  # noqa: S608 - own names
                f"sum(baseline_usd) AS baseline_usd FROM ({baseline}) AS asked "
                "GROUP BY 1 ORDER BY 1",
                *arguments,
            )
        return _report(rows, baselines, by_time=query.every is not None)

    async def entries(self, tenant_id: TenantId, query: UsageQuery) -> AsyncIterator[UsageEntry]:
        last: UsageEntry | None = None
        while True:
            async with self._database.tenant(tenant_id) as connection:
                rows = await connection.fetch(
                    "SELECT *, occurred_at AS at, session_id AS session, turn_id AS turn "
                    "FROM metering.usage WHERE tenant_id = $1 "
                    "AND occurred_at >= coalesce($4, $2, '-infinity'::timestamptz) "
                    "AND occurred_at < coalesce($3, 'infinity'::timestamptz) "
                    "AND ($4::timestamptz IS NULL OR (occurred_at, usage_id) > ($4, $5::uuid)) "
                    "AND ($6::uuid IS NULL OR session_id = $6) "
                    "ORDER BY occurred_at, usage_id LIMIT $7",
                    tenant_id,
                    query.since,
                    query.until,
                    last and last.at,
                    last and last.usage_id,
                    query.session_id,
                    _PAGE,
                )
            for row in rows:
                last = UsageEntry.model_validate(dict(row))
                yield last
            if len(rows) < _PAGE:
                return

    async def model_of(self, tenant_id: TenantId, usage_id: UsageId) -> LedgerModel | None:
        async with self._database.tenant(tenant_id) as connection:
            row = await connection.fetchrow(
                "SELECT provider, model, month FROM metering.usage "
                "WHERE tenant_id = $1 AND usage_id = $2",
                tenant_id,
                usage_id,
            )
        return LedgerModel(**dict(row)) if row is not None else None

    async def knows(self, tenant_id: TenantId, provider: str, model: str) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            return await connection.fetchval(
                "SELECT EXISTS (SELECT FROM metering.hourly_usage "
                "WHERE tenant_id = $1 AND provider = $2 AND model = $3)",
                tenant_id,
                provider,
                model,
            )


def _sources(tenant_id: TenantId, query: UsageQuery) -> tuple[str, str, tuple[object, ...]]:
    """What was used, what it stands against, and what both ask for.

    One session is few rows, and has no sums by anything but itself.
    """
    figures = f"{_COLUMNS[query.by]}, unit, quantity, cost_usd, estimate_usd"
    if query.session_id is not None:
        whose = (tenant_id, query.every, query.session_id, query.since, query.until)
        return (
            f"SELECT occurred_at AS at, {figures} FROM metering.usage WHERE {_OF_SESSION}",  # noqa: S608 - own names
            "SELECT occurred_at AS at, questions, baseline_usd "  # noqa: S608 - own names
            f"FROM metering.baseline_costs WHERE {_OF_SESSION}",
            whose,
        )
    hours = "hourly_session_usage" if query.by == "session" else "hourly_usage"
    asked = "questions, baseline_usd"
    return (
        _hourly(figures, hours, "usage", figures),
        _hourly(asked, "hourly_baselines", "baseline_costs", asked),
        (tenant_id, query.every, *_bounds(split_hours(query.since, query.until))),
    )


def _bounds(span: HourSpan) -> tuple[object, ...]:
    return (
        span.first,
        span.last,
        span.before,
        span.before_end,
        span.after,
        span.after_end,
    )


def _report(rows: Sequence[Row], baselines: Sequence[Row], *, by_time: bool) -> UsageReport:
    was_asked = any(row["questions"] for row in baselines)
    return usage_report(
        [UsageRow.model_validate(dict(row)) for row in rows],
        exact_sum(row["baseline_usd"] for row in baselines) if was_asked else None,
        [BaselineRow.model_validate(dict(row)) for row in baselines]
        if was_asked and by_time
        else [],
    )
