"""Many sessions at once: their list, and what happened in them over time."""

from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis

from contracts.ids import SessionId
from runtime.bus import Publisher
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.front_door import FrontDoor
from support.gateway.meetings import NOON

SINCE = {"since": "2026-01-01"}
OWN = {"Sec-Fetch-Site": "same-origin"}


async def test_sessions_come_newest_first_page_by_page(
    ours: httpx.AsyncClient, theirs: httpx.AsyncClient
) -> None:
    titles = ["one", "two", "three"]
    for title in titles:
        await ours.post("/v1/sessions", json={"title": title})
    first = (await ours.get("/v1/sessions", params={"limit": 2})).json()
    rest = (await ours.get("/v1/sessions", params={"before": first["next"]})).json()
    shown = [one["title"] for page in (first, rest) for one in page["sessions"]]
    assert shown == titles[::-1]
    assert rest["next"] is None
    assert (await theirs.get("/v1/sessions")).json() == {"sessions": [], "next": None}


async def test_what_happened_is_told_by_time_to_its_tenant_alone(
    door: FrontDoor,
    ours: httpx.AsyncClient,
    theirs: httpx.AsyncClient,
    session_id: str,
    redis: Redis,
) -> None:
    turn = meetings.taken("Who is the chief executive?")
    facts = meetings.told(
        meetings.sampled(300, 2),
        turn,
        meetings.refused(turn),
        tenant=door.tenants["a"],
        session=SessionId(UUID(session_id)),
    )
    await Publisher(redis).publish(*facts)

    async def rows() -> list[dict[str, object]]:
        reply = await ours.get("/v1/activity", params={**SINCE, "every": "hour"})
        return reply.json()["rows"]

    async def told_whole() -> bool:
        found = await rows()
        return bool(found) and found[0]["refused"] == 1 and found[0]["frames_seen"] == 300

    await eventually(told_whole, timeout_s=10)
    (row,) = await rows()
    assert row["at"] == NOON.isoformat().replace("+00:00", "Z")
    assert (row["questions"], row["frames_kept"], row["latency_ms"]) == (1, 2, None)
    activity = (await ours.get("/v1/activity", params=SINCE)).json()
    assert [one["text"] for one in activity["open_questions"]] == ["Who is the chief executive?"]
    nothing = (await theirs.get("/v1/activity", params=SINCE)).json()
    assert nothing == {"rows": [], "open_questions": [], "truncated": False}


@pytest.mark.parametrize("query", [{}, {"since": "yesterday"}, {**SINCE, "every": "minute"}])
async def test_a_question_about_time_that_makes_no_sense_is_refused(
    ours: httpx.AsyncClient, query: dict[str, str]
) -> None:
    assert (await ours.get("/v1/activity", params=query)).status_code == 422


async def test_use_is_told_by_time(ours: httpx.AsyncClient) -> None:
    report = (await ours.get("/v1/usage", params={"by": "model", "every": "day"})).json()
    assert (report["rows"], report["baselines"], report["baseline_usd"]) == ([], [], None)


async def test_a_browser_with_a_code_sees_its_tenant_and_follows_a_session(
    door: FrontDoor, ours: httpx.AsyncClient, session_id: str
) -> None:
    code = (await ours.post("/v1/page/codes")).json()["code"]
    async with door.client(None) as browser:
        entered = await browser.post("/v1/page/session", json={"code": code}, headers=OWN)
        assert entered.json()["tenant_id"] == door.tenants["a"]
        listed = (await browser.get("/v1/sessions", headers=OWN)).json()["sessions"]
        assert [one["session_id"] for one in listed] == [session_id]
        events = browser.stream("GET", f"/v1/sessions/{session_id}/events", headers=OWN)
        async with events as stream:
            assert stream.status_code == 200
        asked = await browser.post(
            f"/v1/sessions/{session_id}/messages",
            json={"text": "Who?"},
            headers={"Sec-Fetch-Site": "same-site"},
        )
        assert asked.status_code == 403
