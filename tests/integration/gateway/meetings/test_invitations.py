"""Where an invitation leads, and how long it is good for."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from support.eventually import eventually
from support.gateway.front_door import FrontDoor, front_door
from support.livekit.rooms import agreeing_livekit, invite_of, join

CLAIMS = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "444",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "203.0.113.7",
    "Forwarded": "host=evil.example;proto=https",
    "X-Original-Host": "evil.example",
}


@pytest.mark.parametrize("name", CLAIMS)
async def test_no_header_says_where_an_invitation_leads(
    name: str, door: FrontDoor, ours: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    claim = {name: CLAIMS[name]}
    told = [
        (await ours.post("/v1/rooms", json={}, headers=claim)).json(),
        (await ours.get(f"/v1/rooms/{room['room']}", headers=claim)).json(),
        *(await ours.get("/v1/rooms", headers=claim)).json()["rooms"],
    ]
    assert {one["join_url"].partition("#")[0] for one in told} == {f"{door.url}/meet"}


async def test_an_invitation_leads_to_the_address_that_is_configured(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    address = "https://parley.example:8443"
    async with (
        agreeing_livekit() as livekit,
        front_door(servers, redis, tmp_path, public_url=address, **livekit) as door,
        door.client("a") as ours,
    ):
        told = (await ours.post("/v1/rooms", json={}, headers=CLAIMS)).json()
    assert told["join_url"].startswith(f"{address}/meet#invite=")


async def a_key(ours: httpx.AsyncClient) -> dict[str, Any]:
    return (await ours.post("/v1/keys", json={"scopes": ["write"]})).json()


async def test_an_invitation_ends_with_the_key_that_made_it_and_so_does_a_guests_seat(
    door: FrontDoor, ours: httpx.AsyncClient, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    key = await a_key(ours)
    headers = {"Authorization": f"Bearer {key['key']}"}
    invited = (await ours.get(f"/v1/rooms/{room['room']}", headers=headers)).json()
    assert (await join(guest, invited)).status_code == 200
    assert (await guest.post("/v1/meet/token")).status_code == 200
    async with guest.stream("GET", "/v1/meet/events") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == ": open"
        assert (await ours.delete(f"/v1/keys/{key['key_id']}")).status_code == 204
        assert ": this meeting is over" in "\n".join([line async for line in lines])
    async with door.client(None) as late:
        refused = [
            await late.post("/v1/meet/door", json={"invite": invite_of(invited)}),
            await join(late, invited),
            await guest.post("/v1/meet/token"),
            await guest.get("/v1/meet/events"),
        ]
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(401, "unauthorized")}


async def test_another_keys_invitation_to_the_same_room_stays_good(
    ours: httpx.AsyncClient, guest: httpx.AsyncClient, room: dict[str, Any]
) -> None:
    key = await a_key(ours)
    await ours.delete(f"/v1/keys/{key['key_id']}")
    assert await eventually(lambda: _joins(guest, room))


async def _joins(guest: httpx.AsyncClient, room: dict[str, Any]) -> bool:
    return (await join(guest, room)).status_code == 200
