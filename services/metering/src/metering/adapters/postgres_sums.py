from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from contracts.ids import TenantId
from runtime.database import Connection, Database

_FIGURES: Final = (
    "count(*), sum(quantity), sum(cost_usd), sum(estimate_usd), sum(coalesce(tokens_in, 0)), "
    "sum(coalesce(tokens_out, 0)), sum(coalesce(tokens_cached, 0))"
)


@dataclass(frozen=True)
class _Table:
    """A table of sums, and the query that says what stands in it rightly.

    Attributes:
        rows: of one tenant ($1) and of one time ($2 to $3), in the order of the table's columns.
        nothing: of a sum whose rows have all gone to another one.
    """

    name: str
    rows: str
    nothing: str


_TIME: Final = "tenant_id = $1 AND occurred_at >= $2 AND occurred_at < $3"
_HOUR: Final = "date_trunc('hour', occurred_at, 'UTC')"
_TABLES: Final = (
    _Table(
        "usage_sums",
        f"SELECT tenant_id, {_HOUR}, month, service, provider, model, kind, unit, {_FIGURES} "  # noqa: S608 - own names only
        f"FROM metering.usage WHERE {_TIME} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8",
        "uses = 0 AND quantity = 0 AND cost_usd = 0 AND estimate_usd = 0",
    ),
    _Table(
        "session_sums",
        f"SELECT tenant_id, {_HOUR}, "  # noqa: S608 - own names only
        f"coalesce(session_id, '00000000-0000-0000-0000-000000000000'), unit, {_FIGURES} "
        f"FROM metering.usage WHERE {_TIME} GROUP BY 1, 2, 3, 4",
        "uses = 0 AND quantity = 0 AND cost_usd = 0 AND estimate_usd = 0",
    ),
    _Table(
        "question_sums",
        f"SELECT tenant_id, {_HOUR}, count(*), sum(baseline_usd) "  # noqa: S608 - own names only
        f"FROM metering.questions WHERE {_TIME} GROUP BY 1, 2",
        "questions = 0 AND baseline_usd = 0",
    ),
)


async def lock_sums(connection: Connection, tenant_id: TenantId) -> None:
    """Writers of one tenant's ledger take turns, until the transaction ends.

    Two that saw neither one the other's half of a use would count both.
    """
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('metering.sums/' || $1::text, 0))", tenant_id
    )


class PostgresSums:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def day_before(self, tenant_id: TenantId, day: date) -> date | None:
        async with self._database.tenant(tenant_id) as connection:
            newest: datetime | None = await connection.fetchval(
                "SELECT greatest("
                "(SELECT max(occurred_at) FROM metering.cost_events"
                " WHERE tenant_id = $1 AND occurred_at < $2), "
                "(SELECT max(occurred_at) FROM metering.questions"
                " WHERE tenant_id = $1 AND occurred_at < $2), "
                "(SELECT max(hour) FROM metering.usage_sums WHERE tenant_id = $1 AND hour < $2))",
                tenant_id,
                _midnight(day),
            )
        return newest.astimezone(UTC).date() if newest else None

    async def wrong(self, tenant_id: TenantId, day: date) -> int:
        async with self._database.tenant(tenant_id) as connection:
            return sum([await _wrong(connection, one, tenant_id, day) for one in _TABLES])

    async def mend(self, tenant_id: TenantId, day: date) -> int:
        mended = 0
        async with self._database.tenant(tenant_id) as connection:
            await lock_sums(connection, tenant_id)
            for one in _TABLES:
                mended += await _wrong(connection, one, tenant_id, day)
                await connection.execute(
                    f"DELETE FROM metering.{one.name} "  # noqa: S608 - own names only
                    "WHERE tenant_id = $1 AND hour >= $2 AND hour < $3",
                    *_bounds(tenant_id, day),
                )
                await connection.execute(
                    f"INSERT INTO metering.{one.name} {one.rows}",
                    *_bounds(tenant_id, day),
                )
        return mended


async def _wrong(connection: Connection, table: _Table, tenant_id: TenantId, day: date) -> int:
    """In one statement, so that rows and sums are those of one moment.

    A sum with wrong figures is there twice, as it stands and as it should: it counts once.
    """
    kept = (
        f"SELECT * FROM metering.{table.name} WHERE tenant_id = $1 "  # noqa: S608 - own names only
        f"AND hour >= $2 AND hour < $3 AND NOT ({table.nothing})"
    )
    return await connection.fetchval(
        f"WITH kept AS ({kept}), owed AS ({table.rows}) SELECT greatest("  # noqa: S608 - own names only
        "(SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM owed) AS excess), "
        "(SELECT count(*) FROM (SELECT * FROM owed EXCEPT SELECT * FROM kept) AS lack))",
        *_bounds(tenant_id, day),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _bounds(tenant_id: TenantId, day: date) -> tuple[object, ...]:
    return tenant_id, _midnight(day), _midnight(day + timedelta(days=1))
