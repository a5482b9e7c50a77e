from gateway.domain.callers import Caller, scopes_of
from runtime.database import Database


class PostgresCallers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key_hash: str) -> Caller | None:
        async with self._database.key(key_hash) as connection:
            row = await connection.fetchrow(
                "SELECT tenant_id, key_id, scopes FROM api_keys "
                "WHERE key_hash = $1 AND revoked_at IS NULL",
                key_hash,
            )
        if row is None:
            return None
        return Caller(row["tenant_id"], row["key_id"], scopes_of(row["scopes"]))
