"""Rooms on a real LiveKit server: what tokens open, what webhooks tell, what is repaired."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit import api, rtc
from redis.asyncio import Redis

from cli.bench.meeting.participant import Participant, in_room
from cli.embedded.processes import free_port
from contracts.rooms import AGENT_NAME, Dispatch, heartbeat_key
from runtime.auth import read_signed
from support.eventually import eventually
from support.gateway.front_door import FrontDoor, front_door
from support.livekit.rooms import settings_for
from support.livekit.server import PrivateLiveKit, private_livekit

pytestmark = pytest.mark.timeout(180)
BEAT_FOR_MS = 120_000
WAIT_S = 45
"""For what takes a second or two on a machine that has nothing else to do."""


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
        kind = api.ParticipantInfo.Kind.AGENT
        there = await self.people(room)
        return sorted(identity for identity, one in there.items() if one.kind == kind)

    async def beat(self, room: dict[str, Any], agent: str) -> None:
        await self.redis.set(heartbeat_key(self.name(room), agent), 1, px=BEAT_FOR_MS)

    async def silence(self, room: dict[str, Any], agent: str) -> None:
        await self.redis.delete(heartbeat_key(self.name(room), agent))

    async def more_dispatches(self, room: dict[str, Any], than: int) -> bool:
        return len(await self.dispatches(room)) > than

    async def people(self, room: dict[str, Any]) -> dict[str, api.ParticipantInfo]:
        async with self.server.api() as lk:
            request = api.ListParticipantsRequest(room=self.name(room))
            there = (await lk.room.list_participants(request)).participants
        return {one.identity: one for one in there}

    def as_agent(self, room: dict[str, Any], identity: str):
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


BLANK = np.full((360, 640, 3), 255, np.uint8)


async def publish_camera(person: Participant) -> None:
    track = rtc.LocalVideoTrack.create_video_track("camera", rtc.VideoSource(64, 64))
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA)
    await person.room.local_participant.publish_track(track, options)


def entered(ticket: dict[str, Any]):
    return in_room(ticket["livekit_url"], ticket["token"])


async def test_an_agent_is_sent_to_the_first_person_with_signed_words(
    live: Live, room: dict[str, Any]
) -> None:
    assert await live.dispatches(room) == []
    async with entered(await live.ticket(room)):
        [sent] = await eventually(lambda: live.dispatches(room), timeout_s=WAIT_S)
    said = read_signed(sent.metadata, purpose="dispatch", secret="test")
    dispatch = Dispatch.model_validate_json(said)
    assert (dispatch.tenant_id, dispatch.room) == (live.door.tenants["a"], live.name(room))
    assert (str(dispatch.session_id), dispatch.title) == (room["session_id"], "Weekly")


async def test_a_person_speaks_shows_a_screen_and_writes_but_shows_no_face(
    live: Live, room: dict[str, Any]
) -> None:
    async with entered(await live.ticket(room, "Ann")) as ann:
        await ann.turn_on_microphone()
        await ann.share(lambda _: BLANK)
        await ann.write("hello")
        with pytest.raises((rtc.participant.PublishTrackError, TimeoutError)):
            async with asyncio.timeout(10):
                await publish_camera(ann)
        shown = (await live.people(room))[ann.identity]
        sources = {track.source for track in shown.tracks}
        assert sources == {api.TrackSource.MICROPHONE, api.TrackSource.SCREEN_SHARE}
        assert shown.name == "Ann"


async def test_a_persons_token_opens_no_other_room_and_none_of_the_servers_own_api(
    live: Live, room: dict[str, Any]
) -> None:
    other = await live.open_room(title="another")
    ticket = await live.ticket(room)
    async with entered(ticket) as ann:
        assert ann.room.name == live.name(room) != live.name(other)
    async with api.LiveKitAPI.with_token(ticket["token"], live.server.url) as as_person:
        for name in (live.name(room), live.name(other)):
            for refused in (
                as_person.room.list_rooms(api.ListRoomsRequest()),
                as_person.room.list_participants(api.ListParticipantsRequest(room=name)),
                as_person.room.delete_room(api.DeleteRoomRequest(room=name)),
                as_person.room.update_room_metadata(
                    api.UpdateRoomMetadataRequest(room=name, metadata="x")
                ),
                as_person.agent_dispatch.create_dispatch(
                    api.CreateAgentDispatchRequest(agent_name=AGENT_NAME, room=name)
                ),
            ):
                with pytest.raises(api.TwirpError) as error:
                    await refused
                assert error.value.status in {401, 403}


async def test_a_person_cannot_change_who_they_are(live: Live, room: dict[str, Any]) -> None:
    async with (
        entered(await live.ticket(room, "Ann")) as ann,
        entered(await live.ticket(room, "Ben")) as ben,
    ):
        await eventually(lambda: ann.identity in ben.room.remote_participants, timeout_s=WAIT_S)
        await ann.room.local_participant.set_name("Parley")
        await ann.room.local_participant.set_attributes({"lk.agent_name": "parley"})
        await ann.write("it is me")  # what was sent before has arrived with this
        await eventually(ben.chat, timeout_s=WAIT_S)
        shown = (await live.people(room))[ann.identity]
        assert (shown.name, dict(shown.attributes)) == ("Ann", {})
        assert ben.room.remote_participants[ann.identity].name == "Ann"


async def test_a_full_room_takes_nobody_more_but_the_agent(live: Live) -> None:
    room = await live.open_room(max_participants=1)
    async with entered(await live.ticket(room)):
        with pytest.raises(rtc.ConnectError):
            async with entered(await live.ticket(room, "Ben")):
                pass
        async with live.as_agent(room, "agent-1"):
            assert await live.agents(room) == ["agent-1"]


async def test_people_are_counted_and_the_agent_is_not(live: Live, room: dict[str, Any]) -> None:
    async def counts() -> tuple[int, int]:
        async with live.door.client("a") as client:
            one = (await client.get(f"/v1/rooms/{room['room']}")).json()
            [listed] = (await client.get("/v1/rooms")).json()["rooms"]
        return one["people"], listed["people"]

    async with (
        entered(await live.ticket(room)),
        entered(await live.ticket(room, "Ben")),
        live.as_agent(room, "agent-1"),
    ):
        await eventually(counts, equals=(2, 2), timeout_s=WAIT_S)


async def test_a_deleted_room_is_left_by_all_and_stays_deleted(
    live: Live, room: dict[str, Any]
) -> None:
    ticket = await live.ticket(room)
    async with entered(ticket) as ann:
        async with live.door.client("a") as client:
            assert (await client.delete(f"/v1/rooms/{room['room']}")).status_code == 204
        await eventually(lambda: not ann.room.isconnected(), timeout_s=WAIT_S)
    with suppress(rtc.ConnectError):  # the token still counts, so LiveKit makes the room anew
        async with entered(ticket) as again:
            await eventually(lambda: not again.room.isconnected(), timeout_s=WAIT_S)


async def test_an_agent_that_fell_silent_is_replaced_though_livekit_shows_it_still(
    live: Live, room: dict[str, Any]
) -> None:
    async with entered(await live.ticket(room)) as ann, live.as_agent(room, "agent-1"):
        await live.beat(room, "agent-1")
        await eventually(lambda: ann.agents, equals=["agent-1"], timeout_s=WAIT_S)
        before = len(await live.dispatches(room))
        await live.silence(room, "agent-1")  # as after kill -9: the connection lingers
        await eventually(lambda: ann.agents, equals=[], timeout_s=WAIT_S)
        await eventually(lambda: live.more_dispatches(room, before), timeout_s=WAIT_S)


async def test_of_two_agents_the_younger_one_leaves(live: Live, room: dict[str, Any]) -> None:
    async with entered(await live.ticket(room)) as ann, live.as_agent(room, "agent-1"):
        await live.beat(room, "agent-1")
        async with live.as_agent(room, "agent-2"):
            await live.beat(room, "agent-2")
            await eventually(lambda: ann.agents, equals=["agent-1"], timeout_s=WAIT_S)


async def test_a_person_whose_agent_never_came_gets_another(
    live: Live, room: dict[str, Any]
) -> None:
    async with entered(await live.ticket(room)):
        await eventually(lambda: live.more_dispatches(room, 1), timeout_s=WAIT_S)


async def test_without_webhooks_the_reconciler_sends_the_agent(
    live: Live, room: dict[str, Any]
) -> None:
    ticket = await live.ticket(room)
    live.server.kill()
    live.server.start_again()  # rooms are gone, and nobody was told
    async with entered(ticket):
        await eventually(lambda: live.dispatches(room), timeout_s=WAIT_S)
