"""A front door with live meetings, a room, and somebody without a key."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from support.gateway.front_door import FrontDoor, front_door
from support.livekit.rooms import agreeing_livekit


@pytest.fixture
async def door(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> AsyncIterator[FrontDoor]:
    async with (
        agreeing_livekit() as livekit,
        front_door(
            servers, redis, tmp_path, keep_alive_s=0.2, recheck_key_s=0.1, **livekit
        ) as opened,
    ):
        yield opened


@pytest.fixture
async def room(ours: httpx.AsyncClient) -> dict[str, Any]:
    reply = await ours.post("/v1/rooms", json={"title": "weekly", "max_participants": 3})
    assert reply.status_code == 201, reply.text
    return reply.json()


@pytest.fixture
async def guest(door: FrontDoor) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, or what behaves like one: it has no key, and keeps cookies."""
    async with door.client(None) as client:
        yield client
