from collections.abc import Sequence

from contracts.ids import SessionId, TenantId
from contracts.media import MeetingEnded
from runtime.database import Database


class PostgresRetention:
    """By functions of the schema's owner, which look at the age themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overdue(self, limit: int) -> Sequence[tuple[TenantId, SessionId]]:
        async with self._database.sweep() as connection:
            rows = await connection.fetch(
                "SELECT tenant_id, session_id FROM past_retention($1)", limit
            )
        return [(TenantId(row["tenant_id"]), SessionId(row["session_id"])) for row in rows]

    async def files(self, tenant_id: TenantId, session_id: SessionId) -> Sequence[str]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT file FROM recordings WHERE session_id = $1 "
                "UNION SELECT envelope->'data'->>'spoken_file' FROM session_facts "
                "WHERE session_id = $1 AND type = $2 "
                "AND envelope->'data'->>'spoken_file' IS NOT NULL",
                session_id,
                MeetingEnded.event_type,
            )
        return [row["file"] for row in rows]

    async def forget(self, tenant_id: TenantId, session_id: SessionId) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            return bool(await connection.fetchval("SELECT forget_session($1)", session_id))
