from collections.abc import Sequence

from contracts.conversation import FeedbackGiven
from contracts.fact import Envelope
from contracts.http import Feedback
from contracts.ids import SessionId, TenantId, TurnId
from gateway.adapters.postgres.outbox import save_to_outbox
from runtime.database import Database


class PostgresFeedback:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, event: Envelope[FeedbackGiven]) -> None:
        given = event.data
        async with self._database.tenant(event.tenant_id) as connection:
            await connection.execute(
                "INSERT INTO feedback (turn_id, tenant_id, session_id, rating, comment, given_at) "
                "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (turn_id) DO UPDATE SET "
                "rating = excluded.rating, comment = excluded.comment, "
                "given_at = excluded.given_at",
                given.turn_id,
                event.tenant_id,
                event.session_id,
                given.rating,
                given.comment,
                event.occurred_at,
            )
            await save_to_outbox(connection, event)

    async def find(
        self, tenant_id: TenantId, session_id: SessionId, turn_id: TurnId
    ) -> Feedback | None:
        async with self._database.tenant(tenant_id) as connection:
            row = await connection.fetchrow(
                "SELECT turn_id, rating, comment, given_at FROM feedback "
                "WHERE turn_id = $1 AND session_id = $2",
                turn_id,
                session_id,
            )
        return Feedback(**dict(row)) if row is not None else None

    async def of_turns(self, tenant_id: TenantId, turn_ids: Sequence[TurnId]) -> Sequence[Feedback]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                "SELECT turn_id, rating, comment, given_at FROM feedback WHERE turn_id = ANY($1)",
                list(turn_ids),
            )
        return [Feedback(**dict(row)) for row in rows]
