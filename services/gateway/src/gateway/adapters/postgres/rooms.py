from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from contracts.ids import SessionId, TenantId
from gateway.domain.rooms import RoomRow
from gateway.domain.session_history import SessionRow
from runtime.database import Connection, Database, Row

_ROOMS: Final = (
    "SELECT r.tenant_id, r.slug, r.session_id, r.max_participants, r.created_at, r.deleted_at, "
    "s.title, s.opened_at, s.closed_at FROM rooms r JOIN sessions s USING (session_id) "
)
_OPEN: Final = "r.deleted_at IS NULL AND s.closed_at IS NULL"


class PostgresRooms:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, room: RoomRow, *, at_most: int) -> Literal["added", "known", "full"]:
        async with self._database.tenant(room.tenant_id) as connection:
            # One after the other, or two requests would both see the last place free.
            await connection.execute(
                "SELECT FROM tenants WHERE tenant_id = $1 FOR NO KEY UPDATE", room.tenant_id
            )
            if await _count(connection) >= at_most:
                return "full"
            added = await connection.fetchval(
                "INSERT INTO rooms (tenant_id, slug, session_id, max_participants, created_at) "
                "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true",
                room.tenant_id,
                room.slug,
                room.session.session_id,
                room.max_participants,
                room.created_at,
            )
        return "added" if added else "known"

    async def count(self, tenant_id: TenantId) -> int:
        async with self._database.tenant(tenant_id) as connection:
            return await _count(connection)

    async def find(self, tenant_id: TenantId, slug: str) -> RoomRow | None:
        async with self._database.tenant(tenant_id) as connection:
            row = await connection.fetchrow(f"{_ROOMS} WHERE r.slug = $1", slug)
        return _room(row) if row is not None else None

    async def of_session(self, tenant_id: TenantId, session_id: SessionId) -> RoomRow | None:
        async with self._database.tenant(tenant_id) as connection:
            row = await connection.fetchrow(
                f"{_ROOMS} WHERE r.session_id = $1 AND r.deleted_at IS NULL", session_id
            )
        return _room(row) if row is not None else None

    async def newest(
        self, tenant_id: TenantId, *, limit: int, before: str | None
    ) -> Sequence[RoomRow]:
        async with self._database.tenant(tenant_id) as connection:
            rows = await connection.fetch(
                f"{_ROOMS} WHERE {_OPEN} "
                "AND ($2::text IS NULL OR r.slug < $2) ORDER BY r.slug DESC LIMIT $1",
                limit,
                before,
            )
        return [_room(row) for row in rows]

    async def delete(self, tenant_id: TenantId, slug: str, at: datetime) -> None:
        async with self._database.tenant(tenant_id) as connection:
            await connection.execute(
                "UPDATE rooms SET deleted_at = $2 WHERE slug = $1 AND deleted_at IS NULL", slug, at
            )


async def _count(connection: Connection) -> int:
    return await connection.fetchval(
        f"SELECT count(*) FROM rooms r JOIN sessions s USING (session_id) WHERE {_OPEN}"  # noqa: S608 - own words
    )


def _room(row: Row) -> RoomRow:
    return RoomRow(
        tenant_id=TenantId(row["tenant_id"]),
        slug=row["slug"],
        session=SessionRow(
            SessionId(row["session_id"]), row["title"], row["opened_at"], row["closed_at"]
        ),
        max_participants=row["max_participants"],
        created_at=row["created_at"],
        deleted_at=row["deleted_at"],
    )
