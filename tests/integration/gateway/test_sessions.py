import asyncio
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.media import MeetingEnded
from contracts.sessions import RecordingUploaded, SessionClosed, SessionOpened
from contracts.streams import BY_TYPE
from runtime.bus import Publisher
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.events import events_of, followed
from support.gateway.front_door import FrontDoor, front_door

ASK = "/v1/sessions/{}/messages"
MP4_HEAD = b"\x00\x00\x00\x20ftypisom" + b"\x00" * 5_000


async def test_the_same_key_is_the_same_question_however_often_and_at_once(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str
) -> None:
    def ask() -> Coroutine[Any, Any, httpx.Response]:
        return ours.post(
            ASK.format(session_id),
            json={"text": "What does the Team plan cost?"},
            headers={"Idempotency-Key": "1"},
        )

    replies = await asyncio.gather(*(ask() for _ in range(5)))
    assert {reply.status_code for reply in replies} == {202}
    assert len({reply.json()["turn_id"] for reply in replies}) == 1
    assert len({event.id for event in await door.stated(TurnTaken)}) == 1
    listed = (await ours.get(ASK.format(session_id))).json()["messages"]
    assert [(one["text"], one["state"], one["channel"]) for one in listed] == [
        ("What does the Team plan cost?", "pending", "chat")
    ]


async def test_a_key_does_not_serve_for_another_question(
    ours: httpx.AsyncClient, session_id: str
) -> None:
    key = {"Idempotency-Key": "1"}
    await ours.post(ASK.format(session_id), json={"text": "One?"}, headers=key)
    reply = await ours.post(ASK.format(session_id), json={"text": "Two?"}, headers=key)
    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")


async def test_a_closed_session_takes_nothing_more_and_is_closed_once(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str
) -> None:
    for _ in range(2):
        assert (await ours.delete(f"/v1/sessions/{session_id}")).status_code == 204
    reply = await ours.post(ASK.format(session_id), json={"text": "Anyone?"})
    assert (reply.status_code, reply.json()["code"]) == (409, "conflict")
    assert (await ours.get(f"/v1/sessions/{session_id}")).json()["state"] == "closed"
    # Other sessions' facts may still come, from the sweep.
    stated = [*await door.stated(SessionOpened), *await door.stated(SessionClosed)]
    ours_stated = {event.id for event in stated if str(event.session_id) == session_id}
    assert len(ours_stated) == 2  # each at least once


async def test_a_question_saved_while_redis_takes_nothing_is_stated_and_shown_by_the_sweep(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, sweep_every_s=0.1, restate_after_s=0) as door,
        door.client("a") as client,
    ):
        session_id = (await client.post("/v1/sessions", json={})).json()["session_id"]
        # Writes wait longer than a request does.
        await redis.execute_command("CLIENT", "PAUSE", "4000", "WRITE")  # pyright: ignore[reportUnknownMemberType] - untyped
        reply = await client.post(ASK.format(session_id), json={"text": "Lost?"})
        assert reply.status_code == 202
        assert await door.stated(TurnTaken) == []

        async def texts() -> set[str]:
            return {event.data.text for event in await door.stated(TurnTaken)}

        await eventually(texts, equals={"Lost?"}, timeout_s=10)
        async with followed(client, events_of(session_id)) as events:
            _, name, shown = await events.next()
        assert (name, shown["text"]) == ("asked", "Lost?")


async def test_a_question_is_not_stated_before_an_older_one_that_redis_did_not_take(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    # The sweep comes too late to help.
    async with (
        front_door(servers, redis, tmp_path, sweep_every_s=3_600) as door,
        door.client("a") as client,
    ):
        sessions = [
            (await client.post("/v1/sessions", json={})).json()["session_id"] for _ in range(2)
        ]

        async def ask(text: str, session_id: str) -> None:
            reply = await client.post(ASK.format(session_id), json={"text": text})
            assert reply.status_code == 202

        async def stated(session_id: str) -> list[str]:
            """In the order of their first entries."""
            turns = [
                one for one in await door.stated(TurnTaken) if str(one.session_id) == session_id
            ]
            return list(dict.fromkeys(one.data.text for one in turns))

        await redis.execute_command("CLIENT", "PAUSE", "4000", "WRITE")  # pyright: ignore[reportUnknownMemberType] - untyped
        await asyncio.gather(ask("First?", sessions[0]), ask("Elsewhere?", sessions[1]))
        await ask("Second?", sessions[0])
        await eventually(lambda: stated(sessions[0]), equals=["First?", "Second?"])
        await ask("Third?", sessions[0])
        assert await stated(sessions[0]) == ["First?", "Second?", "Third?"]


async def test_what_is_heard_seen_and_answered_is_told_in_the_summary(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str, redis: Redis
) -> None:
    asked, older = meetings.taken("What does it cost?", 9_000), meetings.taken("What?", 3_000)
    events = meetings.told(
        meetings.started(),
        meetings.heard("Welcome."),
        meetings.kept(0),
        meetings.sampled(300, 1),
        older,
        asked,
        meetings.answered(asked),
        meetings.ended(),
        tenant=door.tenants["a"],
        session=UUID(session_id),
    )
    publisher = Publisher(redis)
    unread = [
        group
        for event in events
        for group in BY_TYPE[event.type].readers
        if group.service != "gateway"
    ]

    async def summary_when(pending: int) -> dict[str, Any]:
        """Pending is then what services that do not run here have before them."""

        async def look() -> dict[str, Any]:
            told = (await ours.get(f"/v1/sessions/{session_id}/summary")).json()
            return told if told["pending_facts"] == pending else {}

        return await eventually(look, timeout_s=10)

    await publisher.publish(*events)
    summary = await summary_when(len(unread))
    await publisher.publish(*events)
    again = await summary_when(2 * len(unread))
    assert {**again, "pending_facts": 0} == {**summary, "pending_facts": 0}
    assert summary["duration_ms"] == 60_000
    assert summary["frames"] == {"seen": 300, "kept": 1, "by_reason": {"first": 1}}
    assert summary["transcript"] == [
        {"start_ms": 1_000, "end_ms": 1_900, "speaker": "Ana", "text": "Welcome."}
    ]
    assert [(one["state"], one["superseded"]) for one in summary["questions"]] == [
        ("superseded", True),
        ("answered", False),
    ]
    assert summary["questions"][1]["cost_usd"] == "0"
    assert summary["cost"]["spent_usd"] == "0"
    assert summary["dead_letters"] == 0


async def test_a_recording_is_kept_and_stated_once_a_session(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str, tmp_path: Path
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(MP4_HEAD), 1_000):
            yield MP4_HEAD[start : start + 1_000]

    url = f"/v1/sessions/{session_id}/recording"
    first = await ours.post(url, params={"name": "talk.mp4", "speed": "max"}, content=pieces())
    assert (first.status_code, first.json()["size_bytes"]) == (202, len(MP4_HEAD))
    again = await ours.post(url, params={"name": "talk.mp4"}, content=MP4_HEAD)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    [uploaded] = await door.stated(RecordingUploaded)
    assert (uploaded.data.name, uploaded.data.speed) == ("talk.mp4", "max")
    kept = tmp_path / "files" / door.tenants["a"] / uploaded.data.file
    assert kept.read_bytes() == MP4_HEAD
    # One that cannot be played has a name all the same, though nobody could begin it.
    ended = MeetingEnded(reason="rejected", duration_ms=0, detail="It has no index.")
    told = meetings.told(ended, tenant=door.tenants["a"], session=UUID(session_id))
    await Publisher(door.redis).publish(*told)

    async def meeting() -> dict[str, Any] | None:
        return (await ours.get(f"/v1/sessions/{session_id}")).json()["meeting"]

    found = await eventually(meeting)
    assert found is not None
    assert (found["name"], found["ended"]) == ("talk.mp4", "rejected")
    [listed] = (await ours.get("/v1/sessions")).json()["sessions"]
    assert listed["meeting"]["name"] == "talk.mp4"


@pytest.mark.parametrize("says_so", [True, False])
async def test_a_recording_over_the_limit_is_refused_and_leaves_nothing(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path, says_so: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield MP4_HEAD

    async with (
        front_door(servers, redis, tmp_path, max_recording_bytes=10_000) as door,
        door.client("a") as client,
    ):
        session_id = (await client.post("/v1/sessions", json={})).json()["session_id"]
        reply = await client.post(
            f"/v1/sessions/{session_id}/recording",
            params={"name": "talk.mp4"},
            content=MP4_HEAD * 4 if says_so else pieces(),
        )
        assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
