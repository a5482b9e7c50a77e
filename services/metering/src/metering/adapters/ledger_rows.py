"""The statements that add a batch to the ledger, with its sums."""

from typing import Final

ADJUSTMENT: Final = "adjustment"
"""The kind and the unit of a correction by hand."""
NO_SESSION: Final = "00000000-0000-0000-0000-000000000000"

_OF_USE: Final = (
    ("usage_id", "uuid"),
    ("confirmed", "boolean"),
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
    ("latency_ms", "bigint"),
    ("tokens_cache_written", "bigint"),
)
_USED: Final = ", ".join(f"used.{name}" for name, _ in _OF_USE)
_TYPES: Final = ", ".join(f"{name} {kind}" for name, kind in (*_OF_USE, ("month", "text")))

# The facts as they came, for PostgreSQL to take apart: half of what arrays of columns cost here.
_ADD_USES: Final = f"""
INSERT INTO metering.cost_events (tenant_id, event_id, session_id, turn_id, occurred_at, month,
    {", ".join(name for name, _ in _OF_USE)})
SELECT $1, fact.id, fact.session_id, fact.turn_id, fact.occurred_at,
    coalesce(used.month, to_char(fact.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM')), {_USED}
FROM json_to_recordset($2::json) AS fact(id uuid, session_id uuid, turn_id uuid,
        occurred_at timestamptz, data json), json_to_record(fact.data) AS used({_TYPES})
"""  # noqa: S608 - own names only
_ADD_ADJUSTMENTS: Final = f"""
INSERT INTO metering.cost_events (tenant_id, usage_id, confirmed, event_id, session_id, turn_id,
    occurred_at, kind, service, provider, model, quantity, unit, cost_usd, estimate_usd, price,
    month, reason, adjusted_by, adjusted_at, corrects)
SELECT $1, made.adjustment_id, true, fact.id, use.session_id, use.turn_id,
    coalesce(use.occurred_at, made.adjusted_at), '{ADJUSTMENT}', coalesce(use.service, 'metering'),
    made.provider, made.model, 1, '{ADJUSTMENT}', made.cost_usd, 0, 'by hand', made.month,
    made.reason, made.adjusted_by, made.adjusted_at, made.usage_id
FROM json_to_recordset($2::json) AS fact(id uuid, data json),
    json_to_record(fact.data) AS made(adjustment_id uuid, cost_usd numeric, reason text,
        provider text, model text, month text, usage_id uuid, adjusted_at timestamptz,
        adjusted_by uuid)
    LEFT JOIN metering.usage AS use ON use.tenant_id = $1 AND use.usage_id = made.usage_id
"""  # noqa: S608 - own names only

_FIGURES: Final = (
    *("quantity", "cost_usd", "estimate_usd"),
    *("tokens_in", "tokens_out", "tokens_cached"),
)
_SUMS: Final = ", ".join(("sum(sign)", *(f"sum(sign * coalesce({name}, 0))" for name in _FIGURES)))
_ADDED: Final = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in ("uses", *_FIGURES))

# What counts is a use's confirmed row, else its swept one; a swept one that counted is taken back
# when its confirmed row comes. Every part but `added` sees the ledger as it was before.
_WITH_SUMS: Final = f"""
WITH added AS ({{rows}} ON CONFLICT DO NOTHING RETURNING *
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
           unit, {_SUMS}
    FROM changed GROUP BY 1, 2, 3, 4
    ON CONFLICT (tenant_id, hour, session_id, unit) DO UPDATE SET
        {_ADDED}
)
INSERT INTO metering.usage_sums AS kept
SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), month, service, provider, model, kind,
       unit, {_SUMS}
FROM changed GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ON CONFLICT (tenant_id, hour, month, service, provider, model, kind, unit) DO UPDATE SET {_ADDED}
"""  # noqa: S608 - own names only

ADD_USES: Final = _WITH_SUMS.format(rows=_ADD_USES)
ADD_ADJUSTMENTS: Final = _WITH_SUMS.format(rows=_ADD_ADJUSTMENTS)

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
