"""A session is forgotten once its tenant has kept it long enough, and not a day before."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types
import httpx
import pytest
from redis.asyncio import Redis

from contracts.ids import SessionId, TenantId
from gateway.adapters.postgres.retention import PostgresRetention
from runtime.bus import Publisher
from runtime.database import Connection, Database, connect
from runtime.ids import new_id
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.front_door import FrontDoor, front_door

MP4_HEAD: Final = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"x" * 500
TABLES: Final = ("session_facts", "recordings", "feedback", "rooms", "sessions")
SWEPT_TIMEOUT_S: Final = 20


@dataclass(frozen=True)
class Told:
    """A session with everything that one may hold."""

    session_id: UUID
    files: tuple[Path, ...]

    @property
    def url(self) -> str:
        return f"/v1/sessions/{self.session_id}"


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Connection]:
    connection = await connect(url, timeout=5)
    try:
        yield connection
    finally:
        await connection.close()


async def told(door: FrontDoor, client: httpx.AsyncClient, admin: Connection, tenant: str) -> Told:
    """Met live, recorded, spoken, asked, answered, judged, closed."""
    opened = await client.post("/v1/sessions", json={"title": "the merger"})
    session_id = UUID(opened.json()["session_id"])
    url = f"/v1/sessions/{session_id}"
    sent = await client.post(f"{url}/recording", params={"name": "talk.mp4"}, content=MP4_HEAD)
    assert sent.status_code == 202, sent.text
    spoken = f"spoken/{session_id}.wav"
    folder = door.files / door.tenants[tenant]
    (folder / "spoken").mkdir(exist_ok=True)
    (folder / spoken).write_bytes(b"RIFF")
    turn = meetings.taken(f"What does {session_id} cost?")
    end = meetings.ended().model_copy(update={"spoken_file": spoken})
    facts = (meetings.heard("The merger costs a lot."), turn, meetings.answered(turn), end)
    about = meetings.told(*facts, tenant=door.tenants[tenant], session=session_id)
    await Publisher(door.redis).publish(*about)

    async def judged() -> bool:
        place = f"{url}/messages/{turn.turn_id}/feedback"
        return (await client.put(place, json={"rating": "bad", "comment": "No."})).is_success

    await eventually(judged)
    kept = "SELECT count(*) FROM gateway.session_facts WHERE session_id = $1"
    await eventually(lambda: admin.fetchval(kept, session_id), equals=len(facts))
    await admin.execute(
        "INSERT INTO gateway.rooms (tenant_id, slug, session_id, max_participants, created_at, "
        "deleted_at) VALUES ($1, $2, $3, 2, now(), now())",
        door.tenants[tenant],
        session_id.hex,
        session_id,
    )
    assert (await client.delete(url)).is_success
    return Told(session_id, (*(folder / "recordings").iterdir(), folder / spoken))


async def age(admin: Connection, one: Told, days: float) -> None:
    await admin.execute(
        "UPDATE gateway.sessions SET closed_at = now() - $2::interval WHERE session_id = $1",
        one.session_id,
        timedelta(days=days),
    )


async def rows(admin: Connection, one: Told) -> dict[str, int]:
    count = "SELECT count(*) FROM gateway.{} WHERE session_id = $1"
    return {table: await admin.fetchval(count.format(table), one.session_id) for table in TABLES}


async def test_what_was_kept_long_enough_is_forgotten_with_its_files_and_nothing_else(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, forget_every_s=0.2) as door,
        door.client("a") as ours,
        door.client("b") as theirs,
        connected(servers[0]) as admin,
    ):
        theirs_old = await told(door, theirs, admin, "b")
        old = await told(door, ours, admin, "a")
        await ours.put("/v1/tenant/config", json={"retention_days": 3_650})
        await age(admin, theirs_old, 364.9)
        await age(admin, old, 400)
        held = await rows(admin, theirs_old)
        assert all(held.values())

        async def gone(client: httpx.AsyncClient, one: Told) -> bool:
            return (await client.get(one.url)).status_code == 404

        # A change is followed within seconds.
        assert not await gone(ours, old)
        await ours.put("/v1/tenant/config", json={"retention_days": 399})
        await eventually(lambda: gone(ours, old), timeout_s=SWEPT_TIMEOUT_S)
        assert set((await rows(admin, old)).values()) == {0}
        assert [file for file in old.files if file.exists()] == []
        for place in ("events", "messages", "summary", "frames"):
            assert (await ours.get(f"{old.url}/{place}")).status_code == 404
        sessions = (await ours.get("/v1/sessions")).json()["sessions"]
        assert str(old.session_id) not in {one["session_id"] for one in sessions}

        # Another tenant's, a day too young by the default, is whole; then its time is over too.
        assert await rows(admin, theirs_old) == held
        assert all(file.exists() for file in theirs_old.files)
        await age(admin, theirs_old, 365.1)
        await eventually(lambda: gone(theirs, theirs_old), timeout_s=SWEPT_TIMEOUT_S)


async def test_the_services_role_cannot_forget_what_is_not_over_or_anothers(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path) as door,
        door.client("a") as ours,
        connected(servers[0]) as admin,
        Database(servers[1], application="test") as database,
    ):
        mine, other = TenantId(door.tenants["a"]), TenantId(door.tenants["b"])
        young = await told(door, ours, admin, "a")
        retention, session = PostgresRetention(database), SessionId(young.session_id)
        held = await rows(admin, young)
        await age(admin, young, 364)
        assert not await retention.forget(mine, session)
        assert not await retention.forget(mine, SessionId(new_id()))
        assert (mine, session) not in await retention.overdue(100)
        await age(admin, young, 366)
        assert (mine, session) in await retention.overdue(100)
        assert not await retention.forget(other, session)
        assert await rows(admin, young) == held
        # Open, however old: it is not over.
        await admin.execute(
            "UPDATE gateway.sessions SET closed_at = NULL WHERE session_id = $1", session
        )
        assert not await retention.forget(mine, session)
        await _refused(database, mine, "DELETE FROM session_facts")
        await _refused(database, mine, "DELETE FROM sessions")


async def _refused(database: Database, tenant_id: TenantId, statement: str) -> None:
    # asyncpg ships no types.
    denied: Any = asyncpg.InsufficientPrivilegeError
    with pytest.raises(denied):
        async with database.tenant(tenant_id) as connection:
            await connection.execute(statement)
