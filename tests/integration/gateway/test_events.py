from pathlib import Path
from uuid import UUID

import httpx
from redis.asyncio import Redis

from contracts.feed import Draft, FeedEntry, Heard
from contracts.ids import EventId, SessionId, TurnId
from contracts.streams import feed_key
from runtime.bus import Publisher
from runtime.feed import FeedWriter
from runtime.ids import new_id
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.events import events_of, followed
from support.gateway.front_door import FrontDoor, front_door


def heard(text: str) -> Heard:
    return Heard(event_id=EventId(new_id()), utterance=meetings.heard(text))


def draft(text: str) -> FeedEntry:
    return Draft(turn_id=TurnId(UUID(int=7)), run=1, attempt=1, text=text)


async def test_a_client_hears_all_from_the_beginning_then_what_comes(
    ours: httpx.AsyncClient, session_id: str, redis: Redis
) -> None:
    session, writer = SessionId(UUID(session_id)), FeedWriter(redis)
    [first_id] = await writer.write(session, heard("One."))
    async with followed(ours, events_of(session_id)) as events:
        assert events.response.headers["content-type"].startswith("text/event-stream")
        entry_id, name, data = await events.next()
        assert (entry_id, name, data["utterance"]["text"]) == (first_id, "heard", "One.")
        [second_id] = await writer.write(session, heard("Two.\nAnd a line."))
        entry_id, _, data = await events.next()
        assert (entry_id, data["utterance"]["text"]) == (second_id, "Two.\nAnd a line.")


async def test_a_client_that_was_cut_off_goes_on_after_the_last_it_saw(
    ours: httpx.AsyncClient, session_id: str, redis: Redis
) -> None:
    session, writer = SessionId(UUID(session_id)), FeedWriter(redis)
    ids = await writer.write(session, draft("a"), draft("b"), draft("c"))
    async with followed(ours, events_of(session_id), after=ids[0]) as events:
        assert [(await events.next())[0] for _ in ids[1:]] == ids[1:]


async def test_what_is_no_longer_in_the_feed_is_told_by_a_snapshot_first(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str, redis: Redis
) -> None:
    session, writer = SessionId(UUID(session_id)), FeedWriter(redis)
    facts = meetings.told(
        meetings.heard("Long ago."), tenant=door.tenants["a"], session=UUID(session_id)
    )
    await Publisher(redis).publish(*facts)
    ids = await writer.write(session, draft("a"), draft("b"))
    await redis.xtrim(feed_key(session_id, 0), minid=ids[1], approximate=False)

    async def is_kept() -> bool:
        summary = (await ours.get(f"/v1/sessions/{session_id}/summary")).json()
        return bool(summary["transcript"])

    await eventually(is_kept)
    async with followed(ours, events_of(session_id), after=ids[0]) as events:
        entry_id, name, data = await events.next()
        assert (entry_id, name) == (None, "snapshot")
        assert [one["text"] for one in data["transcript"]] == ["Long ago."]
        assert data["session"]["session_id"] == session_id
        assert (await events.next())[0] == ids[1]


async def test_silence_is_filled_with_comments(ours: httpx.AsyncClient, session_id: str) -> None:
    async with followed(ours, events_of(session_id)) as events:
        assert [await events.comment() for _ in range(3)] == ["open", "still here", "still here"]


async def test_a_last_event_id_of_another_shape_is_refused(
    ours: httpx.AsyncClient, session_id: str
) -> None:
    headers = {"Last-Event-ID": "yesterday"}
    reply = await ours.get(f"/v1/sessions/{session_id}/events", headers=headers)
    assert reply.status_code == 422


async def test_a_tenant_has_so_many_streams_and_gets_room_back(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, max_tenant_streams=1) as door,
        door.client("a") as client,
        door.client("b") as other,
    ):
        session_id = (await client.post("/v1/sessions", json={})).json()["session_id"]
        others_id = (await other.post("/v1/sessions", json={})).json()["session_id"]

        async def status(who: httpx.AsyncClient, session: str) -> int:
            async with followed(who, events_of(session)) as events:
                return events.response.status_code

        async with followed(client, events_of(session_id)) as events:
            await events.comment()
            assert await status(client, session_id) == 429
            assert await status(other, others_id) == 200
        await eventually(lambda: status(client, session_id), equals=200)
