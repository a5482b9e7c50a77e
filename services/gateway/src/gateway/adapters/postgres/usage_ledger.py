from collections.abc import AsyncIterator, Sequence
from dataclasses import astuple, dataclass
from typing import Final

from contracts.http import BaselineRow, UsageBy, UsageEntry, UsageReport, UsageRow
from contracts.ids import TenantId, UsageId
from gateway.domain.hours import split_hours
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
_BASELINE: Final = "questions, baseline_usd"
_COUNTS: Final = ("tokens_in", "tokens_out", "tokens_cached")
_TOKENS: Final = ", ".join(
    f"CASE WHEN unit = 'token' THEN sum({name})::bigint END AS {name}" for name in _COUNTS
)


def _rows(figures: str, view: str, condition: str) -> str:
    """Row by row, in a time from $4 to $5 in which $3 may narrow them down."""
    return (
        f"SELECT occurred_at AS at, {figures} FROM metering.{view} "  # noqa: S608 - own names
        f"WHERE tenant_id = $1 AND {condition} "
        "AND occurred_at >= coalesce($4, '-infinity'::timestamptz) "
        "AND occurred_at < coalesce($5, 'infinity'::timestamptz)"
    )


def _hourly(figures: str, hours: str, rows: str) -> str:
    """Sums of whole hours, with the rows of what is left at both ends."""
    row = f"SELECT occurred_at, {figures} FROM metering.{rows} WHERE tenant_id = $1 "  # noqa: S608 - own names
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
        used, baseline = _used(tenant_id, query), _baseline(tenant_id, query)
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                f"SELECT {_STEP} AS at, {_COLUMNS[query.by]} AS {query.by}, unit, "  # noqa: S608 - own names
                "sum(quantity) AS quantity, sum(cost_usd) AS cost_usd, "
                f"sum(estimate_usd) AS estimate_usd, {_TOKENS} FROM ({used.text}) AS used "
                "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                *used.arguments,
            )
            baselines = await connection.fetch(
                f"SELECT {_STEP} AS at, sum(questions)::bigint AS questions, "  # noqa: S608 - own names
                f"sum(baseline_usd) AS baseline_usd FROM ({baseline.text}) AS asked "
                "GROUP BY 1 ORDER BY 1",
                *baseline.arguments,
            )
        by_time = query.every is not None
        return _report(rows, () if query.provider else baselines, by_time=by_time)

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
                    "AND ($7::text IS NULL OR provider = $7) "
                    "ORDER BY occurred_at, usage_id LIMIT $8",
                    tenant_id,
                    query.since,
                    query.until,
                    last and last.at,
                    last and last.usage_id,
                    query.session_id,
                    query.provider,
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


@dataclass(frozen=True)
class _Source:
    """A query for figures with their times, and its arguments; the second is the step."""

    text: str
    arguments: tuple[object, ...]


def _used(tenant_id: TenantId, query: UsageQuery) -> _Source:
    """Sums where they are kept by what is asked for; one session is few rows."""
    figures = f"{_COLUMNS[query.by]}, unit, quantity, cost_usd, estimate_usd, {', '.join(_COUNTS)}"
    given = (tenant_id, query.every)
    if query.session_id is not None:
        narrowed = "session_id = $3 AND ($6::text IS NULL OR provider = $6)"
        whose = (*given, query.session_id, query.since, query.until, query.provider)
        return _Source(_rows(figures, "usage", narrowed), whose)
    if query.provider is None:
        hours = "hourly_session_usage" if query.by == "session" else "hourly_usage"
        return _Source(_hourly(figures, hours, "usage"), (*given, *_bounds(query)))
    if query.by == "session":
        whose = (*given, query.provider, query.since, query.until)
        return _Source(_rows(figures, "usage", "provider = $3"), whose)
    text = _hourly(f"provider AS whose, {figures}", "hourly_usage", "usage")
    narrowed = f"SELECT * FROM ({text}) AS every WHERE whose = $9"  # noqa: S608 - own names
    return _Source(narrowed, (*given, *_bounds(query), query.provider))


def _baseline(tenant_id: TenantId, query: UsageQuery) -> _Source:
    given = (tenant_id, query.every)
    if query.session_id is not None:
        whose = (*given, query.session_id, query.since, query.until)
        return _Source(_rows(_BASELINE, "baseline_costs", "session_id = $3"), whose)
    text = _hourly(_BASELINE, "hourly_baselines", "baseline_costs")
    return _Source(text, (*given, *_bounds(query)))


def _bounds(query: UsageQuery) -> tuple[object, ...]:
    return astuple(split_hours(query.since, query.until))


def _report(rows: Sequence[Row], baselines: Sequence[Row], *, by_time: bool) -> UsageReport:
    was_asked = any(row["questions"] for row in baselines)
    return usage_report(
        [UsageRow.model_validate(dict(row)) for row in rows],
        exact_sum(row["baseline_usd"] for row in baselines) if was_asked else None,
        [BaselineRow.model_validate(dict(row)) for row in baselines]
        if was_asked and by_time
        else [],
    )
