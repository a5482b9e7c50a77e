"""A month of a busy tenant in the ledger, loaded by COPY, with its sums."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from contracts.usage import UsageKind
from runtime.database import Connection
from runtime.ids import new_id

COLUMNS: Final = (
    "tenant_id",
    "usage_id",
    "confirmed",
    "event_id",
    "session_id",
    "occurred_at",
    "kind",
    "service",
    "provider",
    "model",
    "quantity",
    "unit",
    "cost_usd",
    "estimate_usd",
    "price",
    "month",
    "latency_ms",
)
MODELS: Final[tuple[tuple[UsageKind, str, str, str, str], ...]] = (
    ("stt", "media-agent", "deepgram", "nova-3", "second"),
    ("tts", "media-agent", "cartesia", "sonic-3", "character"),
    ("llm", "llm-router", "anthropic", "claude-haiku-5-5", "token"),
    ("llm", "llm-router", "anthropic", "claude-sonnet-5-5", "token"),
    ("llm", "llm-router", "google", "gemini-3.8-flash", "token"),
    ("vision", "vision-worker", "google", "gemini-3.8-flash", "token"),
    ("embedding", "rag", "voyageai", "voyage-4", "token"),
    ("rerank", "rag", "cohere", "rerank-v3.5", "query"),
    ("ocr", "vision-worker", "local", "rapidocr", "image"),
)
USES_A_SESSION: Final = 500
QUESTIONS_A_SESSION: Final = 40
LOAD_TIMEOUT_S: Final = 900.0

_FIGURES: Final = (
    "count(*), sum(quantity), sum(cost_usd), sum(estimate_usd), sum(coalesce(tokens_in, 0)), "
    "sum(coalesce(tokens_out, 0)), sum(coalesce(tokens_cached, 0))"
)
_SUMS: Final = (
    "INSERT INTO metering.usage_sums SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), "  # noqa: S608 - own names only
    f"month, service, provider, model, kind, unit, {_FIGURES} "
    "FROM metering.cost_events WHERE tenant_id = $1 GROUP BY 1,2,3,4,5,6,7,8",
    "INSERT INTO metering.session_sums SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), "  # noqa: S608 - own names only
    f"session_id, unit, {_FIGURES} "
    "FROM metering.cost_events WHERE tenant_id = $1 GROUP BY 1,2,3,4",
    "INSERT INTO metering.question_sums SELECT tenant_id, "
    "date_trunc('hour', occurred_at, 'UTC'), count(*), sum(baseline_usd) "
    "FROM metering.questions WHERE tenant_id = $1 GROUP BY 1,2",
)


async def load_month(connection: Connection, tenant_id: str, rows: int, end: datetime) -> None:
    """The 30 days before `end`: sessions of an hour, 500 uses and 40 questions in each."""
    admin: Any = connection  # asyncpg's own; `Connection` has no COPY
    sessions = [
        (new_id(), end - timedelta(days=30) + number * timedelta(days=30) * USES_A_SESSION / rows)
        for number in range(max(1, rows // USES_A_SESSION))
    ]
    await admin.copy_records_to_table(
        "cost_events",
        schema_name="metering",
        columns=COLUMNS,
        records=_uses(tenant_id, sessions),
        timeout=LOAD_TIMEOUT_S,
    )
    await admin.copy_records_to_table(
        "questions",
        schema_name="metering",
        columns=("tenant_id", "turn_id", "session_id", "occurred_at", "baseline_usd"),
        records=_questions(tenant_id, sessions),
        timeout=LOAD_TIMEOUT_S,
    )
    for statement in _SUMS:
        await admin.execute(statement, tenant_id, timeout=LOAD_TIMEOUT_S)
    for table in ("cost_events", "questions", "usage_sums", "session_sums", "question_sums"):
        await admin.execute(f"VACUUM ANALYZE metering.{table}", timeout=LOAD_TIMEOUT_S)


def _uses(
    tenant_id: str, sessions: Sequence[tuple[UUID, datetime]]
) -> Iterator[tuple[object, ...]]:
    dice = random.Random(1)  # noqa: S311 - the same month in every run
    for session_id, began in sessions:
        for number in range(USES_A_SESSION):
            kind, service, provider, model, unit = dice.choice(MODELS)
            at = began + timedelta(hours=1) * number / USES_A_SESSION
            usd = Decimal(0) if provider == "local" else Decimal(dice.randrange(9**9)).scaleb(-9)
            yield (
                *(tenant_id, new_id(), True, new_id(), session_id, at),
                *(kind, service, provider, model, Decimal(dice.randrange(1, 5_000)), unit),
                *(usd, usd, "bench", f"{at:%Y-%m}", dice.randrange(5_000)),
            )


def _questions(
    tenant_id: str, sessions: Sequence[tuple[UUID, datetime]]
) -> Iterator[tuple[object, ...]]:
    for session_id, began in sessions:
        for number in range(QUESTIONS_A_SESSION):
            at = began + timedelta(hours=1) * number / QUESTIONS_A_SESSION
            yield tenant_id, new_id(), session_id, at.astimezone(UTC), Decimal("0.123456789")
