from collections.abc import Sequence

from contracts.ids import SessionId, TenantId
from runtime.database import Database


class PostgresIdleSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def overdue(self, limit: int) -> Sequence[tuple[TenantId, SessionId]]:
        async with self._database.sweep() as connection:
            rows = await connection.fetch(
                "SELECT tenant_id, session_id FROM open_sessions "
                "WHERE idle_at < now() ORDER BY idle_at LIMIT $1",
                limit,
            )
        return [(TenantId(row["tenant_id"]), SessionId(row["session_id"])) for row in rows]
