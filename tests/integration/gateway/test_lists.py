import csv
import io
from pathlib import Path
from uuid import UUID

import httpx
from redis.asyncio import Redis

from contracts.conversation import FeedbackGiven
from contracts.sessions import SessionClosed
from runtime.bus import Publisher
from runtime.database import connect
from runtime.ids import new_id
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.front_door import FrontDoor, front_door


async def test_messages_come_page_by_page_each_once(
    ours: httpx.AsyncClient, session_id: str
) -> None:
    url = f"/v1/sessions/{session_id}/messages"
    asked = [(await ours.post(url, json={"text": f"Question {n}?"})).json() for n in range(5)]
    seen: list[str] = []
    after: dict[str, str] = {}
    for is_last in (False, False, True):
        page = (await ours.get(url, params={"limit": 2, **after})).json()
        seen += [one["turn_id"] for one in page["messages"]]
        after = {"after": page["next"]}
        assert (page["next"] is None) == is_last
    assert sorted(seen) == sorted(one["turn_id"] for one in asked)
    assert (await ours.get(url, params={"after": str(new_id())})).json()["messages"] == []


async def test_documents_come_page_by_page_by_name(ours: httpx.AsyncClient) -> None:
    names = ["b.md", "a.md", "c.md"]
    files = [("files", (name, f"# {name}\n".encode())) for name in names]
    await ours.post("/v1/knowledge", files=files)
    first = (await ours.get("/v1/knowledge", params={"limit": 2})).json()
    rest = (await ours.get("/v1/knowledge", params={"after": first["next"]})).json()
    assert [[one["name"] for one in page["documents"]] for page in (first, rest)] == [
        ["a.md", "b.md"],
        ["c.md"],
    ]
    assert rest["next"] is None


async def test_use_is_told_as_csv_too(ours: httpx.AsyncClient) -> None:
    reply = await ours.get("/v1/usage.csv", params={"by": "model", "every": "day"})
    assert reply.headers["content-type"].startswith("text/csv")
    assert next(csv.reader(io.StringIO(reply.text)))[:3] == ["at", "service", "provider"]


async def test_a_session_without_frames_lists_none(
    ours: httpx.AsyncClient, session_id: str
) -> None:
    reply = await ours.get(f"/v1/sessions/{session_id}/frames")
    assert reply.json() == {"frames": [], "next": None}


async def test_there_is_no_feedback_on_what_was_not_answered(
    ours: httpx.AsyncClient, session_id: str
) -> None:
    asked = await ours.post(f"/v1/sessions/{session_id}/messages", json={"text": "Why?"})
    url = f"/v1/sessions/{session_id}/messages/{asked.json()['turn_id']}/feedback"
    assert (await ours.put(url, json={"rating": "good"})).status_code == 404
    assert (await ours.get(url)).status_code == 404


async def test_feedback_on_an_answer_is_kept_and_stated_and_a_later_one_counts(
    door: FrontDoor, ours: httpx.AsyncClient, theirs: httpx.AsyncClient, session_id: str
) -> None:
    turn = meetings.taken("What does it cost?")
    said = (turn, meetings.answered(turn), meetings.kept(0), meetings.kept(5_000))
    facts = meetings.told(*said, tenant=door.tenants["a"], session=UUID(session_id))
    await Publisher(door.redis).publish(*facts)
    url = f"/v1/sessions/{session_id}/messages/{turn.turn_id}/feedback"

    async def taken() -> bool:
        return (await ours.put(url, json={"rating": "bad"})).is_success

    await eventually(taken)
    assert (await ours.put(url, json={"rating": "good", "comment": "Right."})).status_code == 200
    found = (await ours.get(url)).json()
    assert (found["rating"], found["comment"]) == ("good", "Right.")
    assert [event.data.rating for event in await door.stated(FeedbackGiven)] == ["bad", "good"]
    [listed_one] = (await ours.get(f"/v1/sessions/{session_id}/messages")).json()["messages"]
    [summarised] = (await ours.get(f"/v1/sessions/{session_id}/summary")).json()["questions"]
    assert listed_one["feedback"] == summarised["feedback"] == found
    for method in ("GET", "PUT"):
        refused = await theirs.request(method, url, json={"rating": "good"})
        assert refused.status_code == 404

    async def listed() -> list[int]:
        first = (await ours.get(f"/v1/sessions/{session_id}/frames?limit=1")).json()
        after = {"after": first["next"]} if first["next"] else {}
        rest = await ours.get(f"/v1/sessions/{session_id}/frames", params=after)
        return [one["shown_at_ms"] for one in (*first["frames"], *rest.json()["frames"])]

    await eventually(listed, equals=[0, 5_000])


async def test_a_session_in_which_nothing_happens_closes_by_itself(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, idle_every_s=0.1) as door,
        door.client("a") as client,
    ):
        idle, busy = [
            (await client.post("/v1/sessions", json={})).json()["session_id"] for _ in range(2)
        ]
        admin = await connect(servers[0])
        await admin.execute(
            "UPDATE gateway.open_sessions SET idle_at = now() - interval '1 s' "
            "WHERE session_id = $1",
            idle,
        )
        await admin.close()

        async def closed() -> bool:
            return (await client.get(f"/v1/sessions/{idle}")).json()["state"] == "closed"

        await eventually(closed)
        assert (await client.get(f"/v1/sessions/{busy}")).json()["state"] == "open"
        (said,) = [
            event for event in await door.stated(SessionClosed) if str(event.session_id) == idle
        ]
        assert said.data.reason == "idle"


async def test_every_answer_carries_the_requests_id(ours: httpx.AsyncClient) -> None:
    told = await ours.get("/v1/sessions", headers={"X-Request-Id": "mine-1"})
    assert told.headers["X-Request-Id"] == "mine-1"
    made = await ours.get("/v1/none", headers={"X-Request-Id": "a b"})
    assert made.headers["X-Request-Id"] not in ("", "a b")


async def test_pages_of_named_origins_only_may_call(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, cors_origins=("https://ours.example",)) as door,
        door.client("a") as client,
    ):
        answers = [
            await client.get("/v1/sessions", headers={"Origin": origin})
            for origin in ("https://ours.example", "https://other.example")
        ]
    allowed = [answer.headers.get("access-control-allow-origin") for answer in answers]
    assert allowed == ["https://ours.example", None]
