"""Rooms and guests at the front door; LiveKit agrees to everything, or is not there."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from livekit import api
from livekit.api.access_token import Claims
from redis.asyncio import Redis

from contracts.feed import Heard
from contracts.ids import EventId, SessionId, TenantId
from contracts.sessions import SessionOpened
from contracts.tenants import TenantState, config_key
from runtime.auth import sign
from runtime.feed import FeedWriter
from runtime.ids import new_id
from support import meetings
from support.eventually import eventually
from support.front_door import FrontDoor, front_door
from support.rooms import KEY, SECRET, agreeing_livekit, settings_for

ANN = {"name": "Ann"}
NO_SESSION = "0199f6d2-7f1e-7c11-9b5c-0d6f3a1b2c3d"


@pytest.fixture
async def door(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> AsyncIterator[FrontDoor]:
    async with (
        agreeing_livekit() as livekit,
        front_door(
            servers, redis, tmp_path, keep_alive_s=0.2, recheck_key_s=0.1, **livekit
        ) as opened,
    ):
        yield opened


@pytest.fixture
async def room(ours: httpx.AsyncClient) -> dict[str, Any]:
    reply = await ours.post("/v1/rooms", json={"title": "weekly", "max_participants": 3})
    assert reply.status_code == 201, reply.text
    return reply.json()


@pytest.fixture
async def guest(door: FrontDoor) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, or what behaves like one: it has no key, and keeps cookies."""
    async with door.client(None) as client:
        yield client


def invite_of(room: dict[str, Any]) -> str:
    page, _, invite = room["join_url"].partition("#invite=")
    assert page.endswith("/meet")
    return invite


async def join(guest: httpx.AsyncClient, room: dict[str, Any], **more: Any) -> httpx.Response:
    return await guest.post("/v1/meet/join", json={"invite": invite_of(room), **ANN, **more})


async def configure(ours: httpx.AsyncClient, **config: Any) -> None:
    reply = await ours.put("/v1/tenant/config", json=config)
    assert reply.status_code == 200, reply.text


def grants_of(ticket: dict[str, Any]) -> Claims:
    return api.TokenVerifier(KEY, SECRET).verify(ticket["token"])


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


async def test_who_does_not_agree_does_not_join_where_the_tenant_asks(
    ours: httpx.AsyncClient, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    await configure(ours, consent=True)
    invite = {"invite": invite_of(room)}

    async def is_asked() -> bool:
        return (await guest.post("/v1/meet/door", json=invite)).json()["consent_needed"]

    await eventually(is_asked)
    url = f"/v1/rooms/{room['room']}/token"
    for refused in (await join(guest, room), await ours.post(url, json=ANN)):
        assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
        assert "set-cookie" not in refused.headers
    assert (await join(guest, room, consent=True)).status_code == 200
    assert (await guest.post("/v1/meet/token")).status_code == 200


async def test_a_guest_sees_the_meeting_and_keeps_the_seat(
    door: FrontDoor, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    door_said = (await guest.post("/v1/meet/door", json={"invite": invite_of(room)})).json()
    assert door_said["title"] == "weekly"
    joined = await join(guest, room)
    assert joined.status_code == 200, joined.text
    cookie = joined.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/v1/meet"))
    again, refreshed = await join(guest, room, name="Anna"), await guest.post("/v1/meet/token")
    assert {one.json()["identity"] for one in (joined, again, refreshed)} == {
        joined.json()["identity"]
    }
    assert grants_of(refreshed.json()).name == "Anna"
    async with door.client(None) as other:
        assert (await join(other, room)).json()["identity"] != joined.json()["identity"]


async def test_a_guest_follows_the_meeting_and_is_cut_off_when_the_room_is_deleted(
    ours: httpx.AsyncClient,
    guest: httpx.AsyncClient,
    room: dict[str, Any],
    redis: Redis,
) -> None:
    await join(guest, room)
    said = Heard(event_id=EventId(new_id()), utterance=meetings.heard("Welcome."))
    await FeedWriter(redis).write(SessionId(UUID(room["session_id"])), said)
    async with guest.stream("GET", "/v1/meet/events") as stream:
        assert stream.status_code == 200
        lines = stream.aiter_lines()
        while "Welcome." not in await anext(lines):
            pass
        assert (await ours.delete(f"/v1/rooms/{room['room']}")).status_code == 204
        async for _ in lines:
            pass
    for refused in (
        await guest.get("/v1/meet/events"),
        await guest.post("/v1/meet/token"),
        await join(guest, room),
        await guest.post("/v1/meet/door", json={"invite": invite_of(room)}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await ours.delete(f"/v1/rooms/{room['room']}")).status_code == 204
    assert (await ours.get("/v1/rooms")).json()["rooms"] == []
    session = await ours.get(f"/v1/sessions/{room['session_id']}")
    assert session.json()["state"] == "open"


async def test_a_closed_session_ends_its_meeting(
    ours: httpx.AsyncClient, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    await join(guest, room)
    await ours.delete(f"/v1/sessions/{room['session_id']}")
    assert (await guest.post("/v1/meet/token")).status_code == 404
    assert (await ours.get(f"/v1/rooms/{room['room']}")).status_code == 404


async def test_a_guests_cookie_opens_nothing_else(
    door: FrontDoor, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    await join(guest, room)
    [cookie] = guest.cookies.jar
    value = str(cookie.value).strip('"')
    port = httpx.URL(door.url).port
    document = (await guest.get("/openapi.json")).json()
    opens = {"/v1/meet/door", "/v1/meet/join", "/v1/meet/token", "/v1/meet/events"}
    opens |= {"/v1/meet/frames/{frame_id}/picture", "/v1/page/session"}
    tried = 0
    async with door.client(None) as client:
        for path, operations in document["paths"].items():
            for method in operations.keys() if path not in opens else ():
                url = path.replace("{room}", room["room"]).replace(
                    "{session_id}", room["session_id"]
                )
                for name in ("document_id", "frame_id", "turn_id", "key_id"):
                    url = url.replace("{" + name + "}", NO_SESSION)
                assert "{" not in url
                for headers in (
                    {"Cookie": f"{cookie.name}={value}"},
                    {"Cookie": f"parley_{port}={value}"},
                    {"Authorization": f"Bearer {value}"},
                ):
                    reply = await client.request(method, url, headers=headers)
                    assert reply.status_code == 401, f"{method} {path} {headers}"
                    tried += 1
    assert tried > 60


async def test_what_was_not_signed_for_it_opens_nothing(
    door: FrontDoor, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    invite = invite_of(room)
    body, _, mark = invite.rpartition(".")
    wrong = (
        "nonsense",
        "é.é",
        f"{body}.{'0' * 64}",
        f"{body}A.{mark}",
        sign("{}", purpose="guest", secret="test"),
        sign("{}", purpose="invite", secret="another"),
    )
    for one in wrong:
        refused = await guest.post("/v1/meet/join", json={"invite": one, **ANN})
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized"), one
    name = f"parley_{httpx.URL(door.url).port}_meet"
    for one in (invite, *wrong[:1], *wrong[2:]):
        refused = await guest.post("/v1/meet/token", headers={"Cookie": f"{name}={one}"})
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized"), one


async def test_another_page_cannot_act_in_a_guests_name(
    guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    await join(guest, room)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for refused in (
            await guest.post("/v1/meet/token", headers=headers),
            await guest.get("/v1/meet/events", headers=headers),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_the_meeting_page_alone_may_use_devices_and_reach_livekit(
    guest: httpx.AsyncClient,
) -> None:
    devices = ("camera=", "microphone=", "display-capture=")
    meet, live = await guest.get("/meet"), await guest.get("/")
    assert (meet.status_code, live.status_code) == (200, 200)
    assert "connect-src 'self' ws://127.0.0.1:" in meet.headers["content-security-policy"]
    assert "connect-src 'self';" in live.headers["content-security-policy"]
    for device in devices:
        assert f"{device}(self)" in meet.headers["permissions-policy"]
        assert f"{device}()" in live.headers["permissions-policy"]


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """As LiveKit signs what it tells."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {"Authorization": api.AccessToken(KEY, secret).with_sha256(digest).to_jwt()}


async def test_livekits_word_is_believed_only_with_its_signature(
    guest: httpx.AsyncClient,
) -> None:
    body = json.dumps({"event": "room_started", "id": "EV_1", "room": {"name": "x"}}).encode()
    unsigned = {"Authorization": api.AccessToken(KEY, SECRET).to_jwt()}
    theirs = signed(body, "another-secret-of-more-than-32-characters")
    forged: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body, {"Authorization": "nonsense"}),
        (body, unsigned),
        (body, theirs),
        (body + b" ", signed(body)),
        (b"\xff", signed(b"\xff")),
    ]
    for content, headers in forged:
        refused = await guest.post("/v1/livekit/webhook", content=content, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    for _ in range(2):
        taken = await guest.post("/v1/livekit/webhook", content=body, headers=signed(body))
        assert taken.status_code == 204
    large = b" " * 300_000
    refused = await guest.post("/v1/livekit/webhook", content=large, headers=signed(large))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


async def test_guests_count_among_their_tenants_requests_and_streams(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        agreeing_livekit() as livekit,
        front_door(servers, redis, tmp_path, max_tenant_streams=1, **livekit) as door,
        door.client("a") as ours,
        door.client(None) as guest,
    ):
        room = (await ours.post("/v1/rooms", json={})).json()
        left = [int((await join(guest, room)).headers["RateLimit-Remaining"]) for _ in range(2)]
        seen = await ours.get("/v1/tenant")
        assert left[0] > left[1] > int(seen.headers["RateLimit-Remaining"])
        async with guest.stream("GET", "/v1/meet/events") as stream:
            assert stream.status_code == 200
            refused = await ours.get(f"/v1/sessions/{room['session_id']}/events")
            assert (refused.status_code, refused.json()["code"]) == (429, "busy")


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
