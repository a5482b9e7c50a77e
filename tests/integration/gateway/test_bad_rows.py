"""One row that cannot be read or dealt with ends no sweep, and keeps no other waiting."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
from redis.asyncio import Redis

from contracts.sessions import SessionClosed, SessionOpened
from runtime.database import connect
from runtime.ids import new_id
from runtime.telemetry import metrics
from support.eventually import eventually
from support.gateway.front_door import FrontDoor, front_door

BODIES = ('{"type": "of a newer version"}', '{"type": "sessions.session_opened.v1"}', "[]", "{}")
MP4_HEAD = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"x" * 500


def counted(source: str) -> float:
    return metrics.registry.get_sample_value("bad_rows_total", {"source": source}) or 0


async def leave(door: FrontDoor, admin_url: str, body: str, *, age_s: int) -> UUID:
    """A statement in the outbox that nobody published."""
    event_id, tenant = new_id(), door.tenants["a"]
    admin = await connect(admin_url, timeout=5)
    try:
        await admin.execute(
            "INSERT INTO gateway.statements VALUES ($1, $2, $3)", event_id, tenant, body
        )
        await admin.execute(
            "INSERT INTO gateway.unstated VALUES ($1, $2, now() - $3::interval)",
            event_id,
            tenant,
            timedelta(seconds=age_s),
        )
    finally:
        await admin.close()
    return event_id


async def test_statements_that_cannot_be_read_keep_no_other_from_being_published(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    before = counted("outbox")
    async with (
        front_door(servers, redis, tmp_path, sweep_every_s=0.1, restate_after_s=1) as door,
        door.client("a") as client,
    ):
        await client.post("/v1/sessions", json={"title": "weekly"})
        [event] = await door.stated(SessionOpened)
        for body in BODIES:
            await leave(door, servers[0], body, age_s=60)
        good = event.model_copy(update={"id": new_id()})
        await leave(door, servers[0], good.model_dump_json(), age_s=30)

        async def published() -> bool:
            return good.id in [one.id for one in await door.stated(SessionOpened)]

        await eventually(published)
        await eventually(lambda: counted("outbox"), equals=before + len(BODIES))
        assert (await client.get("/health/ready")).is_success


async def test_a_session_whose_file_cannot_be_deleted_keeps_no_other_from_being_forgotten(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    before = counted("retention")
    async with (
        front_door(servers, redis, tmp_path, forget_every_s=0.2) as door,
        door.client("a") as client,
    ):
        stuck, other = [await closed(door, client) for _ in range(2)]
        [recording] = stuck[1]
        recording.unlink()
        recording.mkdir()  # a directory in its place: no delete succeeds
        admin = await connect(servers[0], timeout=5)
        for place, (session_id, _) in enumerate((stuck, other)):
            await admin.execute(
                "UPDATE gateway.sessions SET closed_at = now() - $2::interval "
                "WHERE session_id = $1",
                session_id,
                timedelta(days=500 - place),
            )
        await admin.close()

        async def is_gone(session_id: UUID) -> bool:
            return (await client.get(f"/v1/sessions/{session_id}")).status_code == 404

        await eventually(lambda: is_gone(other[0]), timeout_s=20)
        assert not await is_gone(stuck[0])
        assert counted("retention") == before + 1
        assert (await client.get("/health/ready")).is_success


async def test_a_fact_that_cannot_be_read_leaves_the_rest_of_its_session_and_all_others(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    before = counted("session fact")
    async with front_door(servers, redis, tmp_path) as door, door.client("a") as client:
        sessions = [
            (await client.post("/v1/sessions", json={"title": title})).json()["session_id"]
            for title in ("broken", "whole")
        ]
        for session_id in sessions:
            asked = await client.post(
                f"/v1/sessions/{session_id}/messages",
                json={"text": "What does it cost?"},
                headers={"Idempotency-Key": session_id},
            )
            assert asked.status_code == 202, asked.text
        admin = await connect(servers[0], timeout=5)
        await admin.execute(
            "INSERT INTO gateway.session_facts (event_id, tenant_id, session_id, type, envelope) "
            "VALUES ($1, $2, $3, 'conversation.answer_completed.v1', '{}')",
            new_id(),
            door.tenants["a"],
            UUID(sessions[0]),
        )
        await admin.close()
        messages = await client.get(f"/v1/sessions/{sessions[0]}/messages")
        assert [one["text"] for one in messages.json()["messages"]] == ["What does it cost?"]
        overview = await client.get("/v1/activity", params={"since": "2026-01-01T00:00:00Z"})
        assert overview.is_success, overview.text
        assert counted("session fact") > before


async def closed(door: FrontDoor, client: httpx.AsyncClient) -> tuple[UUID, list[Path]]:
    """A session that is over, and the files of its recording."""
    folder = door.files / door.tenants["a"] / "recordings"
    known = await asyncio.to_thread(lambda: set(folder.glob("*")))
    opened = await client.post("/v1/sessions", json={"title": "weekly"})
    session_id = UUID(opened.json()["session_id"])
    url = f"/v1/sessions/{session_id}"
    sent = await client.post(f"{url}/recording", params={"name": "talk.mp4"}, content=MP4_HEAD)
    assert sent.status_code == 202, sent.text
    assert (await client.delete(url)).is_success
    assert await door.stated(SessionClosed)
    return session_id, sorted(await asyncio.to_thread(lambda: set(folder.glob("*")) - known))
