from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.fact import Envelope, Fact
from contracts.ids import SessionId, TenantId
from gateway.adapters.postgres.outbox import readable_facts
from gateway.adapters.postgres.sessions import SELECT_SESSION
from gateway.domain.session_history import SessionHistory, SessionRow
from runtime.database import Database


class PostgresSessionHistories:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self,
        tenant_id: TenantId,
        *,
        of: Sequence[type[Fact]],
        limit: int,
        before: SessionId | None = None,
        since: datetime | None = None,
    ) -> Sequence[SessionHistory]:
        async with self._database.tenant(tenant_id) as connection:
            # An id is made when its session is opened, and begins with the time (UUIDv7).
            sessions = await connection.fetch(
                f"{SELECT_SESSION} "
                "WHERE tenant_id = $1 AND ($2::uuid IS NULL OR session_id < $2) "
                "AND ($3::timestamptz IS NULL OR opened_at >= $3) "
                "ORDER BY session_id DESC LIMIT $4",
                tenant_id,
                before,
                since,
                limit,
            )
            rows = await connection.fetch(
                "SELECT event_id, type, envelope FROM session_facts "
                "WHERE session_id = ANY($1) AND type = ANY($2)",
                [row["session_id"] for row in sessions],
                [fact.event_type for fact in of],
            )
        facts: defaultdict[UUID, list[Envelope[Any]]] = defaultdict(list)
        for fact in readable_facts(rows):
            if fact.session_id is not None:
                facts[fact.session_id].append(fact)
        return [
            SessionHistory(SessionRow(**dict(row)), facts[row["session_id"]]) for row in sessions
        ]
