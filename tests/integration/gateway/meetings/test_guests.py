"""People who come by an invitation: joining, following, being sent out."""

from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from redis.asyncio import Redis

from contracts.feed import Heard
from contracts.ids import EventId, SessionId
from contracts.streams import feed_key
from gateway.api.routes.meeting import GUEST_CUT_OFF
from runtime.feed import FeedWriter
from runtime.ids import new_id
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.events import followed
from support.gateway.front_door import FrontDoor, front_door
from support.livekit.rooms import ANN, agreeing_livekit, configure, grants_of, invite_of, join


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
        rest = [line async for line in lines]
    assert f": {GUEST_CUT_OFF}" in rest
    assert "key" not in "".join(rest)
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


async def test_a_question_asked_by_http_is_shown_to_everybody_in_the_meeting(
    ours: httpx.AsyncClient, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    await join(guest, room)
    async with followed(guest) as events:
        assert (await events.next())[1] == "snapshot"
        url = f"/v1/sessions/{room['session_id']}/messages"
        question = {"text": "What does it cost?", "speaker": "Cleo"}
        sent = (await ours.post(url, json=question)).json()
        _, name, data = await events.next()
    assert (name, data["turn_id"], data["message_id"]) == ("asked", sent["turn_id"], None)
    assert (data["text"], data["speaker"]) == ("What does it cost?", "Cleo")


async def test_a_chat_that_became_a_meeting_shows_its_history_also_when_the_feed_forgot_it(
    ours: httpx.AsyncClient,
    guest: httpx.AsyncClient,
    session_id: str,
    redis: Redis,
) -> None:
    await ours.post(f"/v1/sessions/{session_id}/messages", json={"text": "What does it cost?"})
    room = (await ours.post("/v1/rooms", json={"session_id": session_id})).json()
    await join(guest, room)
    async with followed(guest) as events:
        _, name, data = await events.next()
        assert (name, [one["text"] for one in data["questions"]]) == (
            "snapshot",
            ["What does it cost?"],
        )
        entry_id, name, data = await events.next()
        assert (name, data["text"]) == ("asked", "What does it cost?")
    await redis.delete(feed_key(session_id, 0))
    async with followed(guest) as events:
        _, name, data = await events.next()
        assert [one["text"] for one in data["questions"]] == ["What does it cost?"]
    assert entry_id is not None
    async with followed(guest, after=entry_id) as events:  # who was cut off meanwhile
        assert (await events.next())[1] == "snapshot"
