from collections.abc import Sequence
from typing import Any, Final

from contracts.conversation import TurnTaken
from contracts.fact import Envelope, Fact
from contracts.ids import SessionId, TenantId
from contracts.sessions import RecordingUploaded, SessionClosed
from contracts.tenants import TenantConfig
from gateway.adapters.postgres.outbox import parse_envelope, readable_facts, save_to_outbox
from gateway.domain.session_history import SessionHistory, SessionRow
from runtime.database import Connection, Database, Row

SELECT_SESSION: Final = (
    "SELECT session_id, title, opened_at, closed_at, "
    "(SELECT name FROM recordings WHERE session_id = sessions.session_id) AS recording "
    "FROM sessions"
)
"""The columns of a SessionRow."""
_ADD_FACT: Final = (
    "INSERT INTO session_facts (event_id, tenant_id, session_id, type, turn_id, envelope) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
)
# From now on, by the tenant's configuration.
_IDLE_AT: Final = (
    "now() + make_interval(mins => coalesce((SELECT (config->>'idle_close_minutes')::int "  # noqa: S608 - own words
    f"FROM tenants WHERE tenant_id = $2), {TenantConfig().idle_close_minutes}))"
)


class PostgresSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, event: Envelope[Any], row: SessionRow) -> None:
        async with self._database.tenant(event.tenant_id) as connection:
            await connection.execute(
                "INSERT INTO sessions (session_id, tenant_id, title, opened_at) "
                "VALUES ($1, $2, $3, $4)",
                row.session_id,
                event.tenant_id,
                row.title,
                row.opened_at,
            )
            await connection.execute(
                "INSERT INTO open_sessions (session_id, tenant_id, idle_at) "  # noqa: S608 - own words
                f"VALUES ($1, $2, {_IDLE_AT})",
                row.session_id,
                event.tenant_id,
            )
            await save_to_outbox(connection, event)

    async def close(self, event: Envelope[SessionClosed]) -> bool:
        async with self._database.tenant(event.tenant_id) as connection:
            was_open = await connection.fetchval(
                "DELETE FROM open_sessions WHERE session_id = $1 AND (NOT $2 OR idle_at < now()) "
                "RETURNING true",
                event.session_id,
                event.data.reason == "idle",
            )
            if was_open:
                await connection.execute(
                    "UPDATE sessions SET closed_at = $2 WHERE session_id = $1",
                    event.session_id,
                    event.occurred_at,
                )
                await save_to_outbox(connection, event)
        return bool(was_open)

    async def find(self, tenant_id: TenantId, session_id: SessionId) -> SessionRow | None:
        async with self._database.tenant(tenant_id) as connection:
            return await _find(connection, session_id)

    async def history(
        self, tenant_id: TenantId, session_id: SessionId, *, of: Sequence[type[Fact]]
    ) -> SessionHistory | None:
        async with self._database.tenant(tenant_id) as connection:
            session = await _find(connection, session_id)
            if session is None:
                return None
            rows = await connection.fetch(
                "SELECT event_id, type, envelope FROM session_facts "
                "WHERE session_id = $1 AND type = ANY($2)",
                session_id,
                [fact.event_type for fact in of],
            )
        return SessionHistory(session, readable_facts(rows))

    async def add_turn(self, event: Envelope[TurnTaken]) -> Envelope[TurnTaken]:
        async with self._database.tenant(event.tenant_id) as connection:
            added = await connection.fetchval(f"{_ADD_FACT} RETURNING true", *_values(event))
            if added:
                await _touch(connection, event.tenant_id, [event.session_id])
                await save_to_outbox(connection, event)
                return event
            # Another request with this key was first, perhaps in this very moment.
            row = await connection.fetchrow(
                "SELECT type, envelope FROM session_facts WHERE turn_id = $1 AND type = $2",
                event.turn_id,
                event.type,
            )
        assert row is not None, "what was in the way is there"
        return parse_envelope(row["type"], row["envelope"])

    async def add_recording(self, event: Envelope[RecordingUploaded]) -> bool:
        uploaded = event.data
        async with self._database.tenant(event.tenant_id) as connection:
            added = await connection.fetchval(
                "INSERT INTO recordings (session_id, tenant_id, uploaded_id, file, name, "
                "size_bytes, sha256, speed, addressing) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING "
                "RETURNING true",
                event.session_id,
                event.tenant_id,
                event.id,
                uploaded.file,
                uploaded.name,
                uploaded.size_bytes,
                uploaded.sha256,
                uploaded.speed,
                uploaded.addressing,
            )
            if added:
                await _touch(connection, event.tenant_id, [event.session_id])
                await save_to_outbox(connection, event)
        return bool(added)

    async def has_recording(self, tenant_id: TenantId, session_id: SessionId) -> bool:
        async with self._database.tenant(tenant_id) as connection:
            return bool(
                await connection.fetchval(
                    "SELECT EXISTS (SELECT FROM recordings WHERE session_id = $1)", session_id
                )
            )

    async def add_facts(self, tenant_id: TenantId, events: Sequence[Envelope[Any]]) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await connection.executemany(_ADD_FACT, [_values(event) for event in events])
            await _touch(connection, tenant_id, list({event.session_id for event in events}))


def _values(event: Envelope[Any]) -> tuple[object, ...]:
    return (
        event.id,
        event.tenant_id,
        event.session_id,
        event.type,
        event.turn_id or event.data.turn,
        event.model_dump_json(),
    )


async def _touch(
    connection: Connection, tenant_id: TenantId, session_ids: Sequence[SessionId | None]
) -> None:
    """Something happened there: they are not idle."""
    await connection.execute(
        f"UPDATE open_sessions SET idle_at = {_IDLE_AT} WHERE session_id IN "  # noqa: S608 - own words
        "(SELECT session_id FROM open_sessions WHERE session_id = ANY($1) "
        "ORDER BY session_id FOR UPDATE)",
        session_ids,
        tenant_id,
    )


async def _find(connection: Connection, session_id: SessionId) -> SessionRow | None:
    row: Row | None = await connection.fetchrow(
        f"{SELECT_SESSION} WHERE session_id = $1",
        session_id,
    )
    return SessionRow(**dict(row)) if row is not None else None
