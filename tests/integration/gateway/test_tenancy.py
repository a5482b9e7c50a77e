import asyncio
from pathlib import Path

import httpx
from redis.asyncio import Redis

from contracts.ids import TenantId
from contracts.tenants import PLANS, TenantState, config_key
from runtime.clock import SystemClock
from runtime.ids import new_id
from runtime.rates import SlidingWindows, model_rate_of, model_windows
from support.gateway.front_door import FrontDoor, front_door


async def made_key(client: httpx.AsyncClient, *scopes: str) -> tuple[str, dict[str, str]]:
    reply = await client.post("/v1/keys", json={"scopes": scopes})
    assert reply.status_code == 201, reply.text
    made = reply.json()
    return made["key_id"], {"Authorization": f"Bearer {made['key']}"}


async def test_a_key_is_shown_once_and_does_what_its_scopes_say(
    door: FrontDoor, ours: httpx.AsyncClient
) -> None:
    key_id, headers = await made_key(ours, "read")
    text = headers["Authorization"].removeprefix("Bearer ")
    listed = await ours.get("/v1/keys")
    assert key_id in {key["key_id"] for key in listed.json()["keys"]}
    assert text not in listed.text

    async with door.client(None) as client:
        assert (await client.get("/v1/sessions", headers=headers)).status_code == 200
        for method, place, body in (
            ("POST", "/v1/sessions", {"title": "mine"}),
            ("GET", "/v1/keys", None),
            ("PUT", "/v1/tenant/config", {"knowledge": False}),
        ):
            refused = await client.request(method, place, json=body, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), place


async def test_a_writing_key_makes_no_keys(door: FrontDoor, ours: httpx.AsyncClient) -> None:
    _, headers = await made_key(ours, "write")
    async with door.client(None) as client:
        assert (await client.post("/v1/sessions", json={}, headers=headers)).status_code == 201
        refused = await client.post("/v1/keys", json={"scopes": ["admin"]}, headers=headers)
    assert refused.status_code == 403


async def test_a_revoked_key_is_refused_at_once_and_revoking_twice_changes_nothing(
    door: FrontDoor, ours: httpx.AsyncClient
) -> None:
    key_id, headers = await made_key(ours, "read")
    for _ in range(2):
        assert (await ours.delete(f"/v1/keys/{key_id}")).status_code == 204
    async with door.client(None) as client:
        reply = await client.get("/v1/sessions", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (401, "unauthorized")


async def test_anothers_key_cannot_be_revoked(
    ours: httpx.AsyncClient, theirs: httpx.AsyncClient
) -> None:
    key_id, headers = await made_key(ours, "read")
    answers = [await theirs.delete(f"/v1/keys/{one}") for one in (key_id, new_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert (await ours.get("/v1/sessions", headers=headers)).status_code == 200


async def test_a_key_that_is_revoked_is_cut_off_in_the_middle_of_a_stream(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, keep_alive_s=0.1, recheck_key_s=0.2) as door,
        door.client("a") as ours,
        door.client(None) as client,
    ):
        key_id, headers = await made_key(ours, "read")
        session_id = (await ours.post("/v1/sessions", json={})).json()["session_id"]
        url = f"/v1/sessions/{session_id}/events"
        async with asyncio.timeout(8), client.stream("GET", url, headers=headers) as stream:
            assert stream.status_code == 200
            lines = stream.aiter_lines()
            assert await anext(lines)
            await ours.delete(f"/v1/keys/{key_id}")
            rest = [line async for line in lines]
        assert ": this key was revoked" in rest
        assert (await client.get(url, headers=headers)).status_code == 401


async def test_configuration_is_checked_counted_and_copied_for_the_other_services(
    door: FrontDoor, ours: httpx.AsyncClient, redis: Redis
) -> None:
    first = (await ours.get("/v1/tenant")).json()
    for wrong in ({"knowlege": False}, {"idle_close_minutes": 1}, {"addressing": "shout"}):
        assert (await ours.put("/v1/tenant/config", json=wrong)).status_code == 422
    reply = await ours.put("/v1/tenant/config", json={"knowledge": False})
    assert reply.status_code == 200, reply.text
    assert reply.json()["version"] == first["version"] + 1
    copied = await redis.get(config_key(TenantId(door.tenants["a"])))
    assert copied is not None
    assert TenantState.model_validate_json(copied) == TenantState(**reply.json())
    found = await ours.post("/v1/search", json={"text": "anything"})
    assert found.json()["passages"] == []


async def test_the_copy_is_made_again_when_redis_lost_it(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with front_door(servers, redis, tmp_path) as door, door.client("b") as client:
        key = config_key(TenantId(door.tenants["b"]))
        assert await redis.get(key) is None
        await client.get("/v1/sessions")
        assert await redis.get(key) is not None


async def test_who_asks_too_often_is_told_how_long_to_wait(
    door: FrontDoor, theirs: httpx.AsyncClient, redis: Redis
) -> None:
    tenant_id, limit = TenantId(door.tenants["b"]), PLANS["free"].requests_per_minute
    state = TenantState(tenant_id=tenant_id, name="b", tier="free", version=1)
    await redis.set(config_key(tenant_id), state.model_dump_json())

    replies = [await theirs.get("/v1/tenant") for _ in range(limit + 1)]
    assert [int(one.headers["RateLimit-Remaining"]) for one in replies] == [
        *reversed(range(limit)),
        0,
    ]
    *allowed, last = replies
    assert all(one.is_success for one in allowed)
    assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(last.headers["Retry-After"]) <= 60


async def test_a_question_beyond_what_the_plan_allows_of_models_waits_outside(
    door: FrontDoor, theirs: httpx.AsyncClient, redis: Redis
) -> None:
    tenant_id = TenantId(door.tenants["b"])
    state = TenantState(tenant_id=tenant_id, name="b", tier="free", version=1)
    await redis.set(config_key(tenant_id), state.model_dump_json())
    session = (await theirs.post("/v1/sessions", json={})).json()["session_id"]
    # As the router does, which holds the tokens of its calls.
    spent = model_windows(tenant_id, model_rate_of(state, {}), tokens=10_000)
    await SlidingWindows(redis, SystemClock()).take(*spent)

    reply = await theirs.post(f"/v1/sessions/{session}/messages", json={"text": "What is it?"})

    assert (reply.status_code, reply.json()["code"]) == (429, "rate_limited")
    assert 50 <= int(reply.headers["Retry-After"]) <= 60
    assert "10000 a minute for language models" in reply.json()["detail"]
    assert (await theirs.get(f"/v1/sessions/{session}")).is_success
