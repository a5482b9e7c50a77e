"""Very many event streams at once: as many as may be are open, and all others are told so."""

import asyncio
import resource
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis

from contracts.feed import Heard
from contracts.ids import EventId, SessionId
from runtime.feed import FeedWriter
from runtime.ids import new_id
from support.eventually import eventually
from support.gateway import meetings
from support.gateway.front_door import FrontDoor, front_door

STORM = 10_000
SOCKETS_OF_A_STREAM = 2
"""The client's and the gateway's: both live in this process."""
SPARE_FILES = 500


class Opened(NamedTuple):
    """One try to open a stream: the answer's status and code, and the connection of an open one."""

    status: int
    code: str
    reader: asyncio.StreamReader | None = None


class Storm:
    """Opens event streams of one session over bare sockets."""

    def __init__(self, door: FrontDoor, tenant: str, session_id: str) -> None:
        place = urlsplit(door.url)
        self._place = (place.hostname, place.port)
        self._request = (
            f"GET /v1/sessions/{session_id}/events HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Authorization: Bearer {door.keys[tenant]}\r\nConnection: close\r\n\r\n"
        ).encode()
        self._writers: list[asyncio.StreamWriter] = []

    async def opened(self, count: int, *, at_once: int) -> list[Opened]:
        """So many tries, the most of them at once."""
        room = asyncio.Semaphore(at_once)

        async def one() -> Opened:
            async with room:
                return await self._open()

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(one()) for _ in range(count)]
        return [task.result() for task in running]

    async def _open(self) -> Opened:
        reader, writer = await asyncio.open_connection(*self._place)
        writer.write(self._request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head.split(" ", 2)[1])
        if status == 200:
            self._writers.append(writer)
            return Opened(status, "", reader)
        body = (await reader.read()).decode()
        writer.close()
        assert "retry-after" in head.lower(), head
        return Opened(status, "busy" if '"code":"busy"' in body else body)

    def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def storming(door: FrontDoor, client: httpx.AsyncClient) -> AsyncGenerator[tuple[Storm, str]]:
    session_id = (await client.post("/v1/sessions", json={})).json()["session_id"]
    storm = Storm(door, "a", session_id)
    try:
        yield storm, session_id
    finally:
        storm.close()


def outcome(tries: list[Opened]) -> Counter[tuple[int, str]]:
    return Counter((one.status, one.code) for one in tries)


@pytest.mark.timeout(60)
async def test_the_limit_is_exact_however_many_come_at_once_and_nobody_finds_us_broken(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with (
        front_door(servers, redis, tmp_path, max_streams=60, max_tenant_streams=40) as door,
        door.client("a") as client,
        storming(door, client) as (storm, _),
    ):
        tries = await storm.opened(300, at_once=300)
        assert outcome(tries) == {(200, ""): 40, (429, "busy"): 260}
        assert (await client.get("/v1/sessions")).status_code == 200


@pytest.mark.storm
@pytest.mark.timeout(420)
async def test_ten_thousand_streams_are_cut_off_at_the_limit_and_those_within_it_hear_all(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    at_once = min(STORM, (hard - SPARE_FILES) // SOCKETS_OF_A_STREAM)
    assert at_once >= 1_000, "the limit of open files leaves no storm"
    try:
        async with (
            front_door(servers, redis, tmp_path) as door,
            door.client("a") as client,
            storming(door, client) as (storm, session_id),
        ):
            tries = await storm.opened(STORM, at_once=at_once)
            assert outcome(tries) == {(200, ""): 500, (429, "busy"): STORM - 500}
            heard = Heard(event_id=EventId(new_id()), utterance=meetings.heard("Still here."))
            await FeedWriter(redis).write(SessionId(UUID(session_id)), heard)
            async with asyncio.timeout(60):
                readers = [one.reader for one in tries if one.reader is not None]
                news = [await reader.readuntil(b"Still here.") for reader in readers]
            assert len(news) == 500
            storm.close()

            async def has_room() -> bool:
                [one] = await storm.opened(1, at_once=1)
                return one.status == 200

            await eventually(has_room, timeout_s=30)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
