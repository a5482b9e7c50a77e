from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from contracts.fact import Envelope
from contracts.http import WebhookState
from contracts.ids import KeyId, TenantId
from gateway.ports.outbound_webhooks import ClaimedDelivery, OutboundWebhook
from runtime.database import Connection, Database

MOST_WAITING: Final = 1_000
"""Of one tenant; what comes when so many wait is given up at once."""
MOST_OF_A_TENANT: Final = 10
"""In one round, so that each has its turn."""
FULL: Final = "Too many notices waited for the webhook already."


class PostgresOutboundWebhooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, tenant_id: TenantId) -> WebhookState:
        async with self._database.tenant(tenant_id) as connection:
            row = await connection.fetchrow("SELECT url, made_at, made_by FROM outbound_webhooks")
            waiting = await _waiting(connection)
        return WebhookState(**(dict(row) if row else {"url": None}), waiting=waiting)

    async def put(
        self, tenant_id: TenantId, webhook: OutboundWebhook, *, at: datetime, by: KeyId
    ) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(
                "INSERT INTO outbound_webhooks (tenant_id, url, secret, made_at, made_by) "
                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id) DO UPDATE SET "
                "url = excluded.url, secret = excluded.secret, made_at = excluded.made_at, "
                "made_by = excluded.made_by",
                tenant_id,
                webhook.url,
                webhook.secret,
                at,
                by,
            )

    async def remove(self, tenant_id: TenantId) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute("DELETE FROM outbound_webhooks")

    async def add_notice(self, event: Envelope[Any], body: str, *, at: datetime) -> bool:
        async with self._database.tenant(event.tenant_id) as connection:
            is_new = await connection.fetchval(
                "INSERT INTO budget_notices (tenant_id, event_id, occurred_at, type, fact) "
                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true",
                event.tenant_id,
                event.id,
                event.occurred_at,
                event.type,
                event.data.model_dump_json(),
            )
            has_webhook = await connection.fetchval("SELECT true FROM outbound_webhooks")
            if not is_new or not has_webhook:
                return True
            fits = await _waiting(connection) < MOST_WAITING
            await connection.execute(
                "INSERT INTO webhook_deliveries (tenant_id, event_id, body, state, problem) "
                "VALUES ($1, $2, $3, $4, $5)",
                event.tenant_id,
                event.id,
                body,
                "waiting" if fits else "given_up",
                None if fits else FULL,
            )
            if fits:
                await connection.execute(
                    "INSERT INTO webhooks_due (tenant_id, event_id, due_at) VALUES ($1, $2, $3)",
                    event.tenant_id,
                    event.id,
                    at,
                )
        return fits

    async def due(self, at: datetime, limit: int) -> Sequence[tuple[TenantId, UUID]]:
        async with self._database.sweep() as connection:
            rows = await connection.fetch(
                "SELECT tenant_id, event_id FROM (SELECT *, row_number() OVER "
                "(PARTITION BY tenant_id ORDER BY due_at, event_id) AS place "
                "FROM webhooks_due WHERE due_at <= $1) AS waiting "
                "WHERE place <= $3 ORDER BY place, due_at LIMIT $2",
                at,
                limit,
                MOST_OF_A_TENANT,
            )
        return [(TenantId(row["tenant_id"]), row["event_id"]) for row in rows]

    async def claim(
        self, tenant_id: TenantId, event_id: UUID, *, at: datetime, until: datetime
    ) -> ClaimedDelivery | None:
        async with self._database.tenant(tenant_id) as connection:
            is_ours = await connection.fetchval(
                "UPDATE webhooks_due SET due_at = $3 WHERE event_id = $1 AND due_at <= $2 "
                "RETURNING true",
                event_id,
                at,
                until,
            )
            if not is_ours:
                return None
            row = await connection.fetchrow(
                "UPDATE webhook_deliveries SET attempts = attempts + 1 WHERE event_id = $1 "
                "RETURNING body, attempts",
                event_id,
            )
            to = await connection.fetchrow("SELECT url, secret FROM outbound_webhooks")
        assert row is not None, "what is due is there"
        return ClaimedDelivery(**dict(row), to=OutboundWebhook(**dict(to)) if to else None)

    async def retry(
        self, tenant_id: TenantId, event_id: UUID, problem: str, *, due_at: datetime
    ) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(
                "UPDATE webhook_deliveries SET problem = $2 WHERE event_id = $1", event_id, problem
            )
            await connection.execute(
                "UPDATE webhooks_due SET due_at = $2 WHERE event_id = $1", event_id, due_at
            )

    async def settle(self, tenant_id: TenantId, event_id: UUID, problem: str | None) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(
                "UPDATE webhook_deliveries SET state = $2, problem = $3 WHERE event_id = $1",
                event_id,
                "delivered" if problem is None else "given_up",
                problem,
            )
            await connection.execute("DELETE FROM webhooks_due WHERE event_id = $1", event_id)


async def _waiting(connection: Connection) -> int:
    return await connection.fetchval("SELECT count(*) FROM webhooks_due")
