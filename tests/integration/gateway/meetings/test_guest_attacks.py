"""What a guest, or who would like to be one, tries and does not get."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis

from contracts.conversation import Attempt, PassageSource
from contracts.feed import Concluded, Heard
from contracts.ids import DocumentId, EventId, FrameId, SessionId, TenantId
from gateway.api.routes.meeting import GUEST_CUT_OFF
from gateway.domain.rooms import Guest, Invitation
from runtime.auth import sign
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher
from runtime.clock import SystemClock
from runtime.feed import FeedWriter
from runtime.ids import new_id
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.events import followed
from support.gateway.front_door import FrontDoor
from support.livekit.rooms import ANN, invite_of, join

NO_SESSION = "0199f6d2-7f1e-7c11-9b5c-0d6f3a1b2c3d"


def cookie_name(door: FrontDoor) -> str:
    return f"parley_{httpx.URL(door.url).port}_meet"


async def tried(
    guest: httpx.AsyncClient, headers: dict[str, str], frame_id: object = NO_SESSION
) -> list[httpx.Response]:
    """Everything that a guest's cookie opens."""
    return [
        await guest.post("/v1/meet/token", headers=headers),
        await guest.get("/v1/meet/events", headers=headers),
        await guest.get("/v1/meet/costs", headers=headers),
        await guest.get(f"/v1/meet/frames/{frame_id}/picture", headers=headers),
    ]


async def said(redis: Redis, room: dict[str, Any], text: str) -> None:
    one = Heard(event_id=EventId(new_id()), utterance=meetings.heard(text))
    await FeedWriter(redis).write(SessionId(UUID(room["session_id"])), one)


async def shown_frame(door: FrontDoor, tenant: str, room: dict[str, Any], *, at_ms: int) -> FrameId:
    """A frame that the room's session kept, with its picture."""
    tenant_id, session_id = TenantId(door.tenants[tenant]), SessionId(UUID(room["session_id"]))
    picture = await RedisBlobs(door.redis).put(
        b"\xff\xd8\xff", media_type="image/jpeg", tenant_id=tenant_id, session_id=session_id
    )
    frame = meetings.kept(at_ms, key=picture.key)
    told = meetings.told(frame, tenant=tenant_id, session=session_id)
    await Publisher(door.redis).publish(*told)

    async def is_kept() -> bool:
        async with door.client(tenant) as client:
            listed = (await client.get(f"/v1/sessions/{session_id}/frames")).json()["frames"]
        return [one["frame_id"] for one in listed] == [str(frame.frame_id)]

    await eventually(is_kept, timeout_s=20)
    return frame.frame_id


@pytest.mark.parametrize("of", ["a", "b"])
async def test_a_guest_of_one_meeting_gets_nothing_of_another_whosever_it_is(
    of: str, door: FrontDoor, guest: httpx.AsyncClient, room: dict[str, Any], redis: Redis
) -> None:
    async with door.client(of) as client:
        elsewhere = (await client.post("/v1/rooms", json={"title": "secret"})).json()
    here = await shown_frame(door, "a", room, at_ms=1_000)
    there = await shown_frame(door, of, elsewhere, at_ms=2_000)
    await said(redis, room, "Here.")
    await said(redis, elsewhere, "There.")
    await join(guest, room)
    own = await guest.get(f"/v1/meet/frames/{here}/picture")
    assert (own.status_code, own.headers["content-type"]) == (200, "image/jpeg")
    refused = await guest.get(f"/v1/meet/frames/{there}/picture")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    ids = {name: elsewhere[name] for name in ("room", "session_id")}
    token = await guest.post("/v1/meet/token", params=ids, json=ids)
    assert token.json()["room"] == room["room"]
    for after in (None, "1-1"):  # from the beginning, and over a gap
        async with followed(
            guest, f"/v1/meet/events?session_id={ids['session_id']}", after
        ) as events:
            _, name, whole = await events.next()
            assert (name, whole["session"]["session_id"]) == ("snapshot", room["session_id"])
            assert (await events.next())[2]["utterance"]["text"] == "Here."
            assert await events.comment() == "still here"
    # A browser that was in another meeting is a new person in this one.
    seats = [(await join(guest, one)).json()["identity"] for one in (room, elsewhere, elsewhere)]
    assert seats[0] != seats[1] == seats[2]


async def test_an_old_invitation_does_not_open_the_sessions_next_room(
    ours: httpx.AsyncClient, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    await join(guest, room)
    await ours.delete(f"/v1/rooms/{room['room']}")
    again = (await ours.post("/v1/rooms", json={"session_id": room["session_id"]})).json()
    assert (again["session_id"], again["room"] != room["room"]) == (room["session_id"], True)
    for refused in (await join(guest, room), *await tried(guest, {})):
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await join(guest, again)).status_code == 200


async def test_what_has_expired_opens_nothing_and_an_open_stream_ends(
    door: FrontDoor, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    whose = TenantId(door.tenants["a"]), SessionId(UUID(room["session_id"]))
    now = SystemClock().now()
    past, soon = (int((now + timedelta(seconds=one)).timestamp()) for one in (-1, 4))
    invite = Invitation(
        tenant_id=whose[0], slug=room["room"], session_id=whose[1], expires_s=past
    ).model_dump_json()
    body = {"invite": sign(invite, purpose="invite", secret="test"), **ANN}
    for path in ("door", "join"):
        sent = body if path == "join" else {"invite": body["invite"]}
        refused = await guest.post(f"/v1/meet/{path}", json=sent)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")

    def held(expires_s: int) -> dict[str, str]:
        one = Guest(
            tenant_id=whose[0],
            slug=room["room"],
            session_id=whose[1],
            identity="person-x",
            name="Ann",
            expires_s=expires_s,
        )
        signed = sign(one.model_dump_json(), purpose="guest", secret="test")
        return {"Cookie": f"{cookie_name(door)}={signed}"}

    for refused in await tried(guest, held(past)):
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    headers = held(soon)
    async with guest.stream("GET", "/v1/meet/events", headers=headers) as stream:
        assert stream.status_code == 200
        lines = [line async for line in stream.aiter_lines()]
    assert f": {GUEST_CUT_OFF}" in lines
    for refused in await tried(guest, headers):
        assert refused.status_code == 401


READABLE = {
    "snapshot": {"session", "transcript", "frames", "questions"},
    "session": {"session_id", "title", "state", "opened_at", "closed_at", "meeting"},
    "questions": {
        "turn_id",
        "asked_at_ms",
        "channel",
        "speaker",
        "text",
        "answer",
        "state",
        "abstained",
        "sources",
        "attempts",
        "cost_usd",
        "latency_ms",
        "confidence",
        "refused",
        "superseded",
        "interrupted_at_chars",
        "feedback",
        "why",
        "missing",
        "retrieval",
        "taken_as",
    },
    "attempts": {
        "tier",
        "model",
        "outcome",
        "confidence",
        "why",
        "tokens_in",
        "tokens_out",
        "cost_usd",
        "took_ms",
    },
    "sources": {"kind", "document_id", "document", "page", "start", "end", "quote"},
    "concluded": {"kind", "turn_id", "run", "answer", "refusal", "superseded"},
    "answer": {
        "turn_id",
        "channel",
        "asked_at_ms",
        "question_chars",
        "has_screen",
        "text",
        "abstained",
        "sources",
        "attempts",
        "confidence",
        "why",
        "cost_usd",
        "latency_ms",
        "missing",
        "retrieval",
        "taken_as",
        "interrupted_at_chars",
    },
}
"""All that a guest reads of a question: whoever adds to an answer decides whether guests see it."""


async def test_a_guest_reads_of_an_answer_what_is_listed_here_and_no_prompt_or_tool_result(
    door: FrontDoor, ours: httpx.AsyncClient, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    turn = meetings.taken("What does it cost?", channel="chat")
    source = PassageSource(
        document_id=DocumentId(new_id()), document="plans.md", page=1, start=0, end=4, quote="20 $"
    )
    attempt = Attempt(tier="small", model="local:x", outcome="accepted", why="covered")
    answer = meetings.answered(turn).model_copy(
        update={"sources": (source,), "attempts": (attempt,)}
    )
    session_id = SessionId(UUID(room["session_id"]))
    told = meetings.told(turn, answer, tenant=door.tenants["a"], session=session_id)
    await Publisher(door.redis).publish(*told)
    concluded = Concluded(turn_id=turn.turn_id, run=1, answer=answer)
    await FeedWriter(door.redis).write(session_id, concluded)
    rated = f"/v1/sessions/{session_id}/messages/{turn.turn_id}/feedback"

    async def is_rated() -> bool:
        comment = {"rating": "bad", "comment": "for our eyes only"}
        return (await ours.put(rated, json=comment)).is_success

    await eventually(is_rated, timeout_s=20)
    await join(guest, room)
    async with followed(guest) as events:
        _, _, whole = await events.next()
        _, _, last = await events.next()
    [question] = whole["questions"]
    assert question["answer"] == last["answer"]["text"] == "It costs 20 dollars."
    for name, found in {
        "snapshot": whole,
        "session": whole["session"],
        "questions": question,
        "concluded": last,
        "answer": last["answer"],
        "attempts": last["answer"]["attempts"][0],
        "sources": last["answer"]["sources"][0],
    }.items():
        assert set(found) <= READABLE[name], name
    assert set(question["attempts"][0]) <= READABLE["attempts"]
    assert question["feedback"] is None
    assert "for our eyes only" not in json.dumps([whole, last])


async def test_a_guests_cookie_opens_nothing_else(
    door: FrontDoor, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    await join(guest, room)
    [cookie] = guest.cookies.jar
    value = str(cookie.value).strip('"')
    port = httpx.URL(door.url).port
    document = (await guest.get("/openapi.json")).json()
    opens = {"/v1/meet/door", "/v1/meet/join", "/v1/meet/token", "/v1/meet/events"}
    opens |= {"/v1/meet/costs"}
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
    passes = [{"Cookie": f"{cookie_name(door)}={one}"} for one in (invite, *wrong[:1], *wrong[2:])]
    bearer = {"Authorization": f"Bearer {door.keys['a']}"}
    for headers in (*passes, {}, bearer):
        for refused in await tried(guest, headers):
            assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized"), headers


async def test_another_page_cannot_act_in_a_guests_name(
    guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    await join(guest, room)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        invite = {"invite": invite_of(room)}
        for refused in (
            await guest.post("/v1/meet/door", json=invite, headers=headers),
            await guest.post("/v1/meet/join", json={**invite, **ANN}, headers=headers),
            *await tried(guest, headers),
        ):
            assert "set-cookie" not in refused.headers
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
