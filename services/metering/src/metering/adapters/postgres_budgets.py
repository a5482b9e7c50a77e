from collections.abc import Sequence

from contracts.budgets import BudgetAlertRaised, BudgetChanged, BudgetStepChanged, CreditAdded
from contracts.ids import TenantId
from metering.domain.budgets import BudgetHistory
from metering.domain.notices import Notice
from runtime.database import Connection, Database
from spending import Noticed


class PostgresBudgets:
    """Beside the ledger: budgets by version, credit, and what was told of their end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_budget(self, tenant_id: TenantId, changed: BudgetChanged) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await _know(connection, tenant_id)
            await connection.execute(
                "INSERT INTO metering.budgets (tenant_id, version, changed_at, fact) "
                "VALUES ($1, $2, $3, $4::jsonb) ON CONFLICT DO NOTHING",
                tenant_id,
                changed.version,
                changed.changed_at,
                changed.model_dump_json(),
            )

    async def add_credit(self, tenant_id: TenantId, added: CreditAdded) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await _know(connection, tenant_id)
            await connection.execute(
                "INSERT INTO metering.credits "
                "(tenant_id, credit_id, usd, reason, added_at, added_by) "
                "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                tenant_id,
                added.credit_id,
                added.usd,
                added.reason,
                added.added_at,
                added.added_by,
            )

    async def history(self, tenant_id: TenantId) -> BudgetHistory:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT fact FROM metering.budgets WHERE tenant_id = $1 ORDER BY version", tenant_id
            )
            credit = await connection.fetchrow(
                "SELECT coalesce(sum(usd), 0) AS usd, count(*) AS count FROM metering.credits "
                "WHERE tenant_id = $1",
                tenant_id,
            )
        assert credit is not None, "a sum has a row"
        changes = [BudgetChanged.model_validate_json(row["fact"]) for row in rows]
        return BudgetHistory(changes, credit["usd"], credit["count"])

    async def add_notices(
        self, tenant_id: TenantId, notices: Sequence[Notice], noticed: Noticed
    ) -> list[Notice]:
        async with self._database.tenant(tenant_id) as connection:
            for notice in notices:
                await _write(connection, tenant_id, notice)
            steps = await connection.fetch(
                "SELECT fact, noticed_at FROM metering.budget_steps "
                "WHERE tenant_id = $1 AND number > $2 ORDER BY number",
                tenant_id,
                noticed.number,
            )
            alerts = await connection.fetch(
                "SELECT fact, noticed_at FROM metering.budget_alerts "
                "WHERE tenant_id = $1 AND month = $2 AND NOT percent = ANY($3) ORDER BY percent",
                tenant_id,
                notices[0].fact.month,
                list(noticed.alerts) if noticed.month == notices[0].fact.month else [],
            )
        return [
            *(Notice(BudgetStepChanged.model_validate_json(row[0]), row[1]) for row in steps),
            *(Notice(BudgetAlertRaised.model_validate_json(row[0]), row[1]) for row in alerts),
        ]

    async def noticed(self, tenant_id: TenantId) -> Noticed:
        async with self._database.tenant(tenant_id) as connection:
            step = await connection.fetchrow(
                "SELECT number, fact FROM metering.budget_steps WHERE tenant_id = $1 "
                "ORDER BY number DESC LIMIT 1",
                tenant_id,
            )
            alerts = await connection.fetch(
                "SELECT month, percent FROM metering.budget_alerts WHERE tenant_id = $1 AND month ="
                " (SELECT max(month) FROM metering.budget_alerts WHERE tenant_id = $1)",
                tenant_id,
            )
        month = alerts[0]["month"] if alerts else ""
        percents = frozenset(row["percent"] for row in alerts)
        if step is None:
            return Noticed(month=month, alerts=percents)
        last = BudgetStepChanged.model_validate_json(step["fact"])
        return Noticed(last.number, last.step, month, percents)


async def _write(connection: Connection, tenant_id: TenantId, notice: Notice) -> None:
    fact = notice.fact
    if isinstance(fact, BudgetStepChanged):
        await connection.execute(
            "INSERT INTO metering.budget_steps (tenant_id, number, noticed_at, fact) "
            "VALUES ($1, $2, $3, $4::jsonb) ON CONFLICT DO NOTHING",
            tenant_id,
            fact.number,
            notice.at,
            fact.model_dump_json(),
        )
    else:
        await connection.execute(
            "INSERT INTO metering.budget_alerts (tenant_id, month, percent, noticed_at, fact) "
            "VALUES ($1, $2, $3, $4, $5::jsonb) ON CONFLICT DO NOTHING",
            tenant_id,
            fact.month,
            fact.percent,
            notice.at,
            fact.model_dump_json(),
        )


async def _know(connection: Connection, tenant_id: TenantId) -> None:
    """Its account is made again when Redis was lost, also before it used anything."""
    await connection.execute(
        "INSERT INTO metering.known_accounts (slug) VALUES ($1) ON CONFLICT DO NOTHING", tenant_id
    )
