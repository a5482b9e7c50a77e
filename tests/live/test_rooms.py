"""Rooms on a real LiveKit server: what tokens open, what webhooks tell, what is repaired."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from livekit import api, rtc
from redis.asyncio import Redis

from cli.bench.person import Person, in_room
from cli.embedded.processes import free_port
from contracts.rooms import AGENT_NAME, Dispatch, heartbeat_key
from runtime.auth import read_signed
from support.eventually import eventually
from support.front_door import FrontDoor, front_door
from support.livekit_server import PrivateLiveKit, private_livekit
from support.rooms import settings_for

pytestmark = pytest.mark.timeout(90)
BEAT_FOR_MS = 60_000


@dataclass(frozen=True)
class Live:
    """A gateway and a LiveKit server that know each other."""

    door: FrontDoor
    server: PrivateLiveKit
    redis: Redis

    async def open_room(self, tenant: str = "a", **wanted: Any) -> dict[str, Any]:
        async with self.door.client(tenant) as client:
            reply = await client.post("/v1/rooms", json=wanted)
        assert reply.status_code == 201, reply.text
        return reply.json()

    async def ticket(self, room: dict[str, Any], name: str = "Ann") -> dict[str, Any]:
        async with self.door.client("a") as client:
            reply = await client.post(f"/v1/rooms/{room['room']}/token", json={"name": name})
        assert reply.status_code == 201, reply.text
        return reply.json()

    def name(self, room: dict[str, Any]) -> str:
        return f"tenant_{self.door.tenants['a']}_{room['room']}"

    async def dispatches(self, room: dict[str, Any]) -> list[api.AgentDispatch]:
        """Those of ours; LiveKit always lists one more, without an agent's name."""
        async with self.server.api() as lk:
            listed = await lk.agent_dispatch.list_dispatch(self.name(room))
        return [one for one in listed if one.agent_name == AGENT_NAME]

    async def agents(self, room: dict[str, Any]) -> list[str]:
        async with self.server.api() as lk:
            request = api.ListParticipantsRequest(room=self.name(room))
            there = (await lk.room.list_participants(request)).participants
        kind = api.ParticipantInfo.Kind.AGENT
        return sorted(one.identity for one in there if one.kind == kind)

    async def beat(self, room: dict[str, Any], agent: str) -> None:
        await self.redis.set(heartbeat_key(self.name(room), agent), 1, px=BEAT_FOR_MS)

    def in_room_as_agent(self, room: dict[str, Any], identity: str):
        token = self.server.token(self.name(room), identity, agent=True)
        return in_room(self.server.url, token)


@pytest.fixture(scope="module")
def gateway_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def livekit(gateway_port: int) -> Iterator[PrivateLiveKit]:
    with private_livekit(f"http://127.0.0.1:{gateway_port}/v1/livekit/webhook") as server:
        yield server


@pytest.fixture
async def live(  # noqa: PLR0913, PLR0917 -- fixtures
    livekit: PrivateLiveKit,
    gateway_port: int,
    database_url: str,
    service_urls: dict[str, str],
    valkey_url: str,
    redis: Redis,
    tmp_path: Path,
) -> AsyncIterator[Live]:
    servers = (database_url, service_urls["gateway"], valkey_url)
    settings = settings_for(livekit.url, livekit.api_key, livekit.api_secret)
    async with front_door(servers, redis, tmp_path, port=gateway_port, **settings) as door:
        yield Live(door, livekit, redis)


@pytest.fixture
async def room(live: Live) -> dict[str, Any]:
    return await live.open_room(title="Weekly")


def entered(live: Live, ticket: dict[str, Any]):
    return in_room(ticket["livekit_url"], ticket["token"])


async def test_an_agent_is_sent_to_the_first_person_with_signed_words(
    live: Live, room: dict[str, Any]
) -> None:
    assert await live.dispatches(room) == []
    async with entered(live, await live.ticket(room)):
        [sent] = await eventually(lambda: live.dispatches(room), within_s=10)
    said = read_signed(sent.metadata, purpose="dispatch", secret="test")
    dispatch = Dispatch.model_validate_json(said)
    assert (dispatch.tenant_id, dispatch.room) == (live.door.tenants["a"], live.name(room))
    assert (str(dispatch.session_id), dispatch.title) == (room["session_id"], "Weekly")
