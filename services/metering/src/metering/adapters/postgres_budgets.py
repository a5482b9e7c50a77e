from contracts.budgets import BudgetChanged, CreditAdded
from contracts.ids import TenantId
from metering.domain.budgets import BudgetHistory
from runtime.database import Connection, Database


class PostgresBudgets:
    """Beside the ledger: budgets by version, and credit."""

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


async def _know(connection: Connection, tenant_id: TenantId) -> None:
    """Its account is made again when Redis was lost, also before it used anything."""
    await connection.execute(
        "INSERT INTO metering.known_accounts (slug) VALUES ($1) ON CONFLICT DO NOTHING", tenant_id
    )
