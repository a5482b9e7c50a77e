"""Whatever is sent to a gateway that has a real LiveKit server is answered as documented."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from support.gateway.empty_rag import rag_without_documents
from support.gateway.front_door import FrontDoor, front_door
from support.gateway.fuzzing import fuzz
from support.livekit.rooms import settings_for
from support.livekit.server import PrivateLiveKit


@pytest.fixture
async def door(
    livekit: PrivateLiveKit,
    database_url: str,
    service_urls: dict[str, str],
    valkey_url: str,
    redis: Redis,
    tmp_path: Path,
) -> AsyncIterator[FrontDoor]:
    """Its tenants have the plan `enterprise`, so that few requests end as too many."""
    servers = (database_url, service_urls["gateway"], valkey_url)
    settings = settings_for(livekit.url, livekit.api_key, livekit.api_secret)
    async with (
        rag_without_documents() as rag_url,
        front_door(servers, redis, tmp_path, rag_url=rag_url, **settings) as opened,
    ):
        yield opened


@pytest.mark.timeout(300)
async def test_no_request_to_a_gateway_with_livekit_gets_an_undocumented_answer(
    door: FrontDoor, tmp_path: Path
) -> None:
    await fuzz(door, tmp_path, key=door.keys["a"], run_s=45)
