from collections.abc import Sequence
from typing import Any, Final

from contracts.budgets import (
    Budget,
    BudgetAlertRaised,
    BudgetChanged,
    BudgetStepChanged,
    CreditAdded,
)
from contracts.fact import Envelope
from contracts.http import BudgetNotice, BudgetVersion, Credit, WebhookDelivery
from contracts.ids import TenantId
from gateway.adapters.postgres.outbox import save_to_outbox
from runtime.bad_rows import readable
from runtime.database import Connection, Database, Row

_VERSION: Final = "SELECT version, budget, changed_at, changed_by FROM budgets"
_CREDIT: Final = "SELECT credit_id, usd, reason, added_at, added_by FROM credits"


class PostgresBudgets:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self, tenant_id: TenantId) -> BudgetVersion | None:
        async with self._database.tenant(tenant_id) as connection:
            rows = await _versions(connection, 1)
        return rows[0] if rows else None

    async def set(self, event: Envelope[BudgetChanged]) -> bool:
        changed = event.data
        async with self._database.tenant(event.tenant_id) as connection:
            is_new = await connection.fetchval(
                "INSERT INTO budgets (tenant_id, version, budget, changed_at, changed_by) "
                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true",
                event.tenant_id,
                changed.version,
                changed.budget.model_dump_json(),
                changed.changed_at,
                changed.changed_by,
            )
            if is_new:
                await save_to_outbox(connection, event)
        return bool(is_new)

    async def add_credit(self, event: Envelope[CreditAdded]) -> Credit | None:
        added = event.data
        async with self._database.tenant(event.tenant_id) as connection:
            is_new = await connection.fetchval(
                "INSERT INTO credits (tenant_id, credit_id, usd, reason, added_at, added_by) "
                "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING true",
                event.tenant_id,
                added.credit_id,
                added.usd,
                added.reason,
                added.added_at,
                added.added_by,
            )
            if is_new:
                await save_to_outbox(connection, event)
                return None
            row = await connection.fetchrow(f"{_CREDIT} WHERE credit_id = $1", added.credit_id)
        assert row is not None, "what was in the way is there"
        return Credit(**dict(row))

    async def history(
        self, tenant_id: TenantId, limit: int
    ) -> tuple[Sequence[BudgetVersion], Sequence[Credit]]:
        async with self._database.tenant(tenant_id) as connection:
            versions = await _versions(connection, limit)
            credits = await connection.fetch(f"{_CREDIT} ORDER BY added_at DESC LIMIT $1", limit)
        return versions, [Credit(**dict(row)) for row in credits]

    async def notices(self, tenant_id: TenantId, limit: int) -> Sequence[BudgetNotice]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT event_id, occurred_at, type, fact, state, attempts, problem, due_at "
                "FROM budget_notices "
                "LEFT JOIN webhook_deliveries USING (tenant_id, event_id) "
                "LEFT JOIN webhooks_due USING (tenant_id, event_id) "
                "ORDER BY occurred_at DESC, event_id DESC LIMIT $1",
                limit,
            )
        return readable("budget notice", [(row["event_id"], row) for row in rows], _notice)


async def _versions(connection: Connection, limit: int) -> Sequence[BudgetVersion]:
    rows = await connection.fetch(f"{_VERSION} ORDER BY version DESC LIMIT $1", limit)
    return [
        BudgetVersion.model_validate(
            {**dict(row), "budget": Budget.model_validate_json(row["budget"])}
        )
        for row in rows
    ]


def _notice(row: Row) -> BudgetNotice:
    told: dict[str, Any]
    if row["type"] == BudgetStepChanged.event_type:
        step = BudgetStepChanged.model_validate_json(row["fact"])
        told = {"kind": "step", "step": step.step, **_sums(step)}
    else:
        alert = BudgetAlertRaised.model_validate_json(row["fact"])
        told = {"kind": "alert", "percent": alert.percent, **_sums(alert)}
    webhook = None
    if row["state"] is not None:
        webhook = WebhookDelivery(
            state=row["state"],
            attempts=row["attempts"],
            problem=row["problem"],
            next_at=row["due_at"],
        )
    return BudgetNotice(at=row["occurred_at"], webhook=webhook, **told)


def _sums(fact: BudgetStepChanged | BudgetAlertRaised) -> dict[str, Any]:
    return {"month": fact.month, "spent_usd": fact.spent_usd, "limit_usd": fact.limit_usd}
