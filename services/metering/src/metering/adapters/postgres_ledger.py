from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Final

from contracts.fact import Envelope
from contracts.ids import SessionId, TenantId, UsageId
from contracts.media import FramesSampled
from contracts.usage import Month, UsageIncurred
from metering.domain.corrections import Correction
from metering.ports import Question
from runtime.database import Database
from spending import LOCAL, Booking

_COLUMNS: Final = (
    ("usage_id", "uuid"),
    ("confirmed", "boolean"),
    ("event_id", "uuid"),
    ("session_id", "uuid"),
    ("turn_id", "uuid"),
    ("occurred_at", "timestamptz"),
    ("kind", "text"),
    ("service", "text"),
    ("provider", "text"),
    ("model", "text"),
    ("quantity", "numeric"),
    ("unit", "text"),
    ("tokens_in", "bigint"),
    ("tokens_out", "bigint"),
    ("tokens_cached", "bigint"),
    ("cost_usd", "numeric"),
    ("estimate_usd", "numeric"),
    ("price", "text"),
    ("price_since", "date"),
    ("price_source", "text"),
    ("month", "text"),
    ("latency_ms", "bigint"),
    ("tokens_cache_written", "bigint"),
)
_NAMES: Final = ", ".join(name for name, _ in _COLUMNS)
_ARRAYS: Final = ", ".join(f"${place}::{kind}[]" for place, (_, kind) in enumerate(_COLUMNS, 2))
# One statement for the whole batch: a row a column array, ten times faster than row by row.
_APPEND: Final = (
    f"INSERT INTO metering.cost_events (tenant_id, {_NAMES}) "  # noqa: S608 - own names only
    f"SELECT $1, * FROM unnest({_ARRAYS}) ON CONFLICT DO NOTHING"
)
_BOOKED: Final = """
SELECT DISTINCT ON (usage_id) usage_id, cost_usd AS usd, confirmed, session_id,
       coalesce(month, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM')) AS month
FROM metering.cost_events
WHERE tenant_id = $1 AND usage_id = ANY($2) ORDER BY usage_id, confirmed DESC
"""
# Eight days: a session lives at most seven.
_SESSIONS: Final = """
SELECT session_id, sum(cost_usd) AS usd FROM metering.usage
WHERE tenant_id = $1 AND session_id IN (
    SELECT session_id FROM metering.cost_events
    WHERE tenant_id = $1 AND occurred_at > now() - interval '8 days' AND session_id IS NOT NULL
) GROUP BY session_id HAVING sum(cost_usd) > 0
"""


class PostgresLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(
        self, tenant_id: TenantId, events: Sequence[Envelope[UsageIncurred]]
    ) -> Sequence[Booking]:
        rows = [_values(event) for event in events]
        paid = [event.data.usage_id for event in events if event.data.provider != LOCAL]
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(
                "INSERT INTO metering.known_accounts (slug) VALUES ($1) ON CONFLICT DO NOTHING",
                tenant_id,
            )
            await connection.execute(_APPEND, tenant_id, *zip(*rows, strict=True))
            if not paid:
                return []
            found = await connection.fetch(_BOOKED, tenant_id, paid)
        return [Booking(**row) for row in found]

    async def booked(self, tenant_id: TenantId, usage_ids: Sequence[UsageId]) -> Sequence[Booking]:
        async with self._database.tenant(tenant_id) as connection:
            found = await connection.fetch(_BOOKED, tenant_id, usage_ids)
        return [Booking(**row) for row in found]

    async def add_questions(self, tenant_id: TenantId, questions: Sequence[Question]) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await connection.executemany(
                "INSERT INTO metering.questions "
                "(tenant_id, turn_id, session_id, occurred_at, baseline_usd) "
                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                [
                    (tenant_id, row.turn_id, row.session_id, row.occurred_at, row.baseline_usd)
                    for row in questions
                ],
            )

    async def add_frames(
        self, tenant_id: TenantId, events: Sequence[Envelope[FramesSampled]]
    ) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await connection.executemany(
                "INSERT INTO metering.frames_sampled "
                "(tenant_id, event_id, session_id, occurred_at, seen, kept) "
                "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                [
                    (
                        tenant_id,
                        event.id,
                        event.session_id,
                        event.occurred_at,
                        event.data.seen,
                        event.data.kept,
                    )
                    for event in events
                ],
            )

    async def known_accounts(self) -> Sequence[TenantId]:
        # The table is shared; the transaction needs some tenant all the same, and gets nobody's.
        async with self._database.tenant(TenantId("-")) as connection:
            rows = await connection.fetch("SELECT slug FROM metering.known_accounts ORDER BY slug")
        return [TenantId(row["slug"]) for row in rows]

    async def months(self, tenant_id: TenantId) -> Mapping[Month, Decimal]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT month, sum(cost_usd) AS usd FROM metering.usage "
                "WHERE tenant_id = $1 GROUP BY month HAVING sum(cost_usd) <> 0",
                tenant_id,
            )
        return {row["month"]: row["usd"] for row in rows}

    async def sessions(self, tenant_id: TenantId) -> Mapping[SessionId, Decimal]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(_SESSIONS, tenant_id)
        return {SessionId(row["session_id"]): row["usd"] for row in rows}

    async def add_correction(self, tenant_id: TenantId, correction: Correction) -> Correction:
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(
                "INSERT INTO metering.account_corrections (tenant_id, correction_id, found_at, "
                "ledger_usd, account_usd, usd, month) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                "ON CONFLICT DO NOTHING",
                tenant_id,
                correction.id,
                correction.found_at,
                correction.ledger_usd,
                correction.account_usd,
                correction.usd,
                correction.month,
            )
            row = await connection.fetchrow(
                "SELECT correction_id AS id, found_at, ledger_usd, account_usd, usd, month "
                "FROM metering.account_corrections WHERE tenant_id = $1 AND correction_id = $2",
                tenant_id,
                correction.id,
            )
        assert row is not None, "nothing removes a correction"
        return Correction(**row)


def _values(event: Envelope[UsageIncurred]) -> tuple[object, ...]:
    used = event.data
    return (
        used.usage_id,
        used.confirmed,
        event.id,
        event.session_id,
        event.turn_id,
        event.occurred_at,
        used.kind,
        used.service,
        used.provider,
        used.model,
        used.quantity,
        used.unit,
        used.tokens_in,
        used.tokens_out,
        used.tokens_cached,
        used.cost_usd,
        used.estimate_usd,
        used.price,
        used.price_since,
        used.price_source,
        used.month or f"{event.occurred_at.astimezone(UTC):%Y-%m}",
        used.latency_ms,
        used.tokens_cache_written,
    )
