"""Fixtures of the front door."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from support.gateway.front_door import FrontDoor, front_door
from support.livekit.rooms import agreeing_livekit


@pytest.fixture
def servers(
    database_url: str, service_urls: dict[str, str], valkey_url: str
) -> tuple[str, str, str]:
    return database_url, service_urls["gateway"], valkey_url


@pytest.fixture
async def door(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> AsyncIterator[FrontDoor]:
    async with front_door(servers, redis, tmp_path, keep_alive_s=0.2) as opened:
        yield opened


@pytest.fixture
async def livekit_door(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> AsyncIterator[FrontDoor]:
    """With live meetings."""
    async with (
        agreeing_livekit() as livekit,
        front_door(servers, redis, tmp_path, **livekit) as opened,
    ):
        yield opened


@pytest.fixture
async def ours(door: FrontDoor) -> AsyncIterator[httpx.AsyncClient]:
    async with door.client("a") as client:
        yield client


@pytest.fixture
async def theirs(door: FrontDoor) -> AsyncIterator[httpx.AsyncClient]:
    async with door.client("b") as client:
        yield client


@pytest.fixture
async def session_id(ours: httpx.AsyncClient) -> str:
    reply = await ours.post("/v1/sessions", json={"title": "weekly"})
    assert reply.status_code == 201, reply.text
    return reply.json()["session_id"]
