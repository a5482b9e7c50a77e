"""Rows of `cost_events`, and the statement that adds a batch of them with its sums."""

from datetime import UTC
from decimal import Decimal
from typing import Final

from contracts.fact import Envelope
from contracts.usage import UsageIncurred
from metering.ports import Adjustment

ADJUSTMENT: Final = "adjustment"
"""The kind and the unit of a correction by hand."""
NO_SESSION: Final = "00000000-0000-0000-0000-000000000000"

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
    ("reason", "text"),
    ("adjusted_by", "uuid"),
    ("adjusted_at", "timestamptz"),
    ("corrects", "uuid"),
)
_NAMES: Final = ", ".join(name for name, _ in _COLUMNS)
_ARRAYS: Final = ", ".join(f"${place}::{kind}[]" for place, (_, kind) in enumerate(_COLUMNS, 2))

# One statement for a whole batch, a column an array: ten times faster than row by row. What counts
# is a use's confirmed row, else its swept one; a swept one that counted is taken back when its
# confirmed row comes. Every part of the statement but `added` sees the ledger as it was before.
APPEND: Final = f"""
WITH added AS (
    INSERT INTO metering.cost_events (tenant_id, {_NAMES})
    SELECT $1, * FROM unnest({_ARRAYS}) ON CONFLICT DO NOTHING RETURNING *
), changed AS (
    SELECT 1 AS sign, one.* FROM added AS one WHERE confirmed
    UNION ALL
    SELECT 1, swept.* FROM added AS swept WHERE NOT confirmed
        AND NOT EXISTS (SELECT FROM added AS twin
                        WHERE twin.usage_id = swept.usage_id AND twin.confirmed)
        AND NOT EXISTS (SELECT FROM metering.cost_events AS twin WHERE twin.tenant_id = $1
                        AND twin.usage_id = swept.usage_id AND twin.confirmed)
    UNION ALL
    SELECT -1, swept.* FROM added AS one JOIN metering.cost_events AS swept
        ON swept.tenant_id = $1 AND swept.usage_id = one.usage_id AND NOT swept.confirmed
    WHERE one.confirmed
), by_session AS (
    INSERT INTO metering.session_sums AS kept
    SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), coalesce(session_id, '{NO_SESSION}'),
           unit, sum(sign), sum(sign * quantity), sum(sign * cost_usd), sum(sign * estimate_usd)
    FROM changed GROUP BY 1, 2, 3, 4
    ON CONFLICT (tenant_id, hour, session_id, unit) DO UPDATE SET
        uses = kept.uses + excluded.uses, quantity = kept.quantity + excluded.quantity,
        cost_usd = kept.cost_usd + excluded.cost_usd,
        estimate_usd = kept.estimate_usd + excluded.estimate_usd
)
INSERT INTO metering.usage_sums AS kept
SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), month, service, provider, model, kind,
       unit, sum(sign), sum(sign * quantity), sum(sign * cost_usd), sum(sign * estimate_usd)
FROM changed GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ON CONFLICT (tenant_id, hour, month, service, provider, model, kind, unit) DO UPDATE SET
    uses = kept.uses + excluded.uses, quantity = kept.quantity + excluded.quantity,
    cost_usd = kept.cost_usd + excluded.cost_usd,
    estimate_usd = kept.estimate_usd + excluded.estimate_usd
"""  # noqa: S608 - own names only

ADD_QUESTIONS: Final = """
WITH added AS (
    INSERT INTO metering.questions (tenant_id, turn_id, session_id, occurred_at, baseline_usd)
    SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::numeric[])
    ON CONFLICT DO NOTHING RETURNING *
)
INSERT INTO metering.question_sums AS kept
SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), count(*), sum(baseline_usd)
FROM added GROUP BY 1, 2
ON CONFLICT (tenant_id, hour) DO UPDATE SET
    questions = kept.questions + excluded.questions,
    baseline_usd = kept.baseline_usd + excluded.baseline_usd
"""


def row_of_use(event: Envelope[UsageIncurred]) -> tuple[object, ...]:
    """In the order of the columns."""
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
        None,
        None,
        None,
        None,
    )


def row_of_adjustment(one: Adjustment) -> tuple[object, ...]:
    """In the order of the columns; a use of its own, one `adjustment`."""
    made = one.event.data
    return (
        made.adjustment_id,
        True,
        one.event.id,
        one.session_id,
        one.turn_id,
        one.counts_at,
        ADJUSTMENT,
        one.service,
        made.provider,
        made.model,
        Decimal(1),
        ADJUSTMENT,
        None,
        None,
        None,
        made.cost_usd,
        Decimal(0),
        "by hand",
        None,
        None,
        made.month,
        None,
        None,
        made.reason,
        made.adjusted_by,
        made.adjusted_at,
        made.usage_id,
    )
