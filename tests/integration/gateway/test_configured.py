"""What a tenant may have and how it is configured, where the gateway itself goes by it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from redis.asyncio import Redis

from contracts.http import PassageQuery, SearchResult
from contracts.ids import TenantId
from contracts.tenants import PLANS, TenantState, config_key
from runtime.latest import publish_newer
from runtime.web import HttpServer
from support.gateway.front_door import front_door


@asynccontextmanager
async def a_rag(asked: list[PassageQuery]) -> AsyncGenerator[str]:
    """rag's search, which remembers what it was asked."""
    app = FastAPI()

    @app.post("/v1/search")
    async def search(query: PassageQuery) -> SearchResult:
        asked.append(query)
        return SearchResult(passages=())

    server = HttpServer(app, "127.0.0.1", 0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.stop()


async def test_a_search_finds_no_more_than_the_tier_allows_within_seconds_of_its_change(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    asked: list[PassageQuery] = []
    async with (
        a_rag(asked) as rag_url,
        front_door(servers, redis, tmp_path, rag_url=rag_url) as door,
        door.client("a") as ours,
    ):
        tenant_id = TenantId(door.tenants["a"])
        for version, (tier, limits) in enumerate(PLANS.items(), start=100):
            state = TenantState(tenant_id=tenant_id, name="a", tier=tier, version=version)
            key = config_key(tenant_id)
            await publish_newer(redis, key, version=version, body=state.model_dump_json())
            async with asyncio.timeout(10):
                while not asked or asked[-1].limit != limits.knowledge_limit:
                    reply = await ours.post("/v1/search", json={"text": "x", "limit": 20})
                    assert reply.status_code == 200, reply.text
        assert (await ours.post("/v1/search", json={"text": "x", "limit": 2})).is_success
        assert asked[-1].limit == 2
