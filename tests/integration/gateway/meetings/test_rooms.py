"""Rooms as their tenant has them; LiveKit agrees to everything, or is not there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from contracts.ids import TenantId
from contracts.sessions import SessionOpened
from contracts.tenants import TenantState, config_key
from support.eventually import eventually
from support.gateway.front_door import FrontDoor, front_door
from support.livekit.rooms import ANN, KEY, SECRET, configure, grants_of, join, settings_for

NO_SESSION = "0199f6d2-7f1e-7c11-9b5c-0d6f3a1b2c3d"


async def test_a_room_opens_with_a_session_of_its_own(
    door: FrontDoor, ours: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    session = (await ours.get(f"/v1/sessions/{room['session_id']}")).json()
    assert (session["title"], session["state"]) == ("weekly", "open")
    [opened] = await door.stated(SessionOpened)
    assert str(opened.session_id) == room["session_id"]
    assert (await ours.get(f"/v1/rooms/{room['room']}")).json()["people"] == 0


async def test_a_chat_becomes_a_meeting_with_its_session_and_history_once(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str, guest: httpx.AsyncClient
) -> None:
    await ours.post(f"/v1/sessions/{session_id}/messages", json={"text": "What does it cost?"})
    bodies = [{"session_id": session_id}] * 2
    first, again = [(await ours.post("/v1/rooms", json=body)).json() for body in bodies]
    assert first["session_id"] == session_id
    assert first["room"] == again["room"]
    assert len(await door.stated(SessionOpened)) == 1
    ticket = (await join(guest, first)).json()
    assert ticket["session_id"] == session_id
    [asked] = (await ours.get(f"/v1/sessions/{session_id}/messages")).json()["messages"]
    assert asked["text"] == "What does it cost?"


async def test_only_ones_own_open_session_becomes_a_meeting(
    ours: httpx.AsyncClient, theirs: httpx.AsyncClient, session_id: str
) -> None:
    for client, of in ((theirs, session_id), (ours, NO_SESSION)):
        refused = await client.post("/v1/rooms", json={"session_id": of})
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    await ours.delete(f"/v1/sessions/{session_id}")
    refused = await ours.post("/v1/rooms", json={"session_id": session_id})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_a_recorded_meeting_does_not_become_a_live_one(
    ours: httpx.AsyncClient, session_id: str
) -> None:
    recording = b"\x00\x00\x00\x20ftypisom" + b"\x00" * 5_000
    url = f"/v1/sessions/{session_id}/recording"
    uploaded = await ours.post(url, params={"name": "talk.mp4"}, content=recording)
    assert uploaded.status_code == 202
    refused = await ours.post("/v1/rooms", json={"session_id": session_id})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_another_tenants_room_is_as_absent_as_none(
    theirs: httpx.AsyncClient, ours: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    for slug in (room["room"], "never-made"):
        url = f"/v1/rooms/{slug}"
        replies = [
            await theirs.get(url),
            await theirs.delete(url),
            await theirs.post(f"{url}/token", json=ANN),
        ]
        assert {(one.status_code, one.json()["code"]) for one in replies} == {(404, "not_found")}
    assert (await theirs.get("/v1/rooms")).json() == {"rooms": [], "next": None}
    assert (await ours.get(f"/v1/rooms/{room['room']}")).status_code == 200


async def test_rooms_are_listed_page_by_page_newest_first(ours: httpx.AsyncClient) -> None:
    made = [(await ours.post("/v1/rooms", json={})).json()["room"] for _ in range(5)]
    found: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = (await ours.get("/v1/rooms", params=params)).json()
        found += [one["room"] for one in page["rooms"]]
        if page["next"] is None:
            break
        params["before"] = page["next"]
    assert found == made[::-1]


async def test_no_more_rooms_are_open_than_the_tier_has_however_they_are_asked_for(
    door: FrontDoor, ours: httpx.AsyncClient, redis: Redis
) -> None:
    tenant_id = TenantId(door.tenants["a"])
    state = TenantState(tenant_id=tenant_id, name="a", tier="free", version=100)
    await redis.set(config_key(tenant_id), state.model_dump_json())
    asked = await asyncio.gather(*(ours.post("/v1/rooms", json={}) for _ in range(4)))
    assert sorted(one.status_code for one in asked) == [201, 429, 429, 429]
    [made] = [one.json() for one in asked if one.is_success]
    full = await ours.post("/v1/rooms", json={})
    assert (full.status_code, full.json()["code"]) == (429, "busy")
    assert int(full.headers["Retry-After"]) > 0
    # The session's own room is no new one.
    again = await ours.post("/v1/rooms", json={"session_id": made["session_id"]})
    assert again.json()["room"] == made["room"]
    assert (await ours.delete(f"/v1/sessions/{made['session_id']}")).is_success
    assert (await ours.post("/v1/rooms", json={})).status_code == 201


async def test_a_key_that_reads_sees_rooms_but_lets_nobody_in(
    door: FrontDoor, ours: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    made = (await ours.post("/v1/keys", json={"scopes": ["read"]})).json()
    url = f"/v1/rooms/{room['room']}"
    headers = {"Authorization": f"Bearer {made['key']}"}
    async with httpx.AsyncClient(base_url=door.url, headers=headers) as reader:
        shown = (await reader.get(url)).json()
        assert shown["join_url"] is None
        for refused in (
            await reader.post("/v1/rooms", json={}),
            await reader.delete(url),
            await reader.post(f"{url}/token", json=ANN),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_token_grants_this_room_and_nothing_beyond_what_a_person_needs(
    door: FrontDoor, ours: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    url = f"/v1/rooms/{room['room']}/token"
    ticket = (await ours.post(url, json=ANN)).json()
    claims = grants_of(ticket)
    granted = claims.video
    assert granted is not None
    assert granted.room == f"tenant_{door.tenants['a']}_{room['room']}"
    assert granted.can_publish_sources == ["microphone", "screen_share", "screen_share_audio"]
    assert granted.can_publish_data
    forbidden = ("room_create", "room_list", "room_admin", "room_record", "ingress_admin")
    forbidden += ("hidden", "agent", "can_update_own_metadata", "can_manage_agent_session")
    assert not any(getattr(granted, name) for name in forbidden)
    assert (claims.identity, claims.name, claims.kind) == (ticket["identity"], "Ann", "")
    config = claims.room_config
    assert config is not None
    assert list(config.agents) == []
    await configure(ours, camera=True)

    async def sources() -> list[str]:
        shown = grants_of((await ours.post(url, json=ANN)).json()).video
        return (shown and shown.can_publish_sources) or []

    await eventually(lambda: _has(sources, "camera"))


async def _has(sources: Any, name: str) -> bool:
    return name in await sources()


@asynccontextmanager
async def without(
    servers: tuple[str, str, str], redis: Redis, folder: Path, **settings: Any
) -> AsyncGenerator[httpx.AsyncClient]:
    async with front_door(servers, redis, folder, **settings) as door, door.client("a") as client:
        yield client


async def test_without_livekit_there_are_no_live_meetings_but_all_the_rest(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with without(servers, redis, tmp_path) as client:
        for reply in (
            await client.post("/v1/rooms", json={}),
            await client.get("/v1/rooms"),
            await client.post("/v1/meet/join", json={"invite": "x", **ANN}),
        ):
            assert (reply.status_code, reply.json()["code"]) == (503, "no_live_meetings")
            assert "LIVEKIT_URL" in reply.json()["detail"]
        assert (await client.post("/v1/sessions", json={})).status_code == 201


async def test_with_livekit_away_nothing_is_kept_and_all_else_works(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    nobody = settings_for("ws://127.0.0.1:9", KEY, SECRET)
    async with without(servers, redis, tmp_path, **nobody) as client:
        reply = await client.post("/v1/rooms", json={"title": "weekly"})
        assert (reply.status_code, reply.json()["code"]) == (503, "livekit_down")
        assert (await client.get("/v1/sessions")).json()["sessions"] == []
        assert (await client.post("/v1/sessions", json={})).status_code == 201
