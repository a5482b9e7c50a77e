"""Models that the router leaves alone, as the front door shows them."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from contracts.breakers import breaker_key
from gateway.adapters.redis import breakers as shown_breakers
from hosted_models.breakers import ENOUGH, RedisBreakers
from runtime.redis_client import connect_redis, reply_of
from support.gateway.front_door import FrontDoor
from support.servers import as_service

PATH = "/v1/models/left-alone"
HAIKU, LUNA = "anthropic:claude-haiku-5-5", "openai:gpt-6-luna"


async def shown(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    reply = await client.get(PATH)
    assert reply.status_code == 200, reply.text
    return reply.json()["models"]


async def test_nothing_is_shown_of_models_that_answer_or_failed_once(
    ours: httpx.AsyncClient, redis: Redis
) -> None:
    breakers = RedisBreakers(redis)
    await breakers.failed(HAIKU, "unavailable")
    assert await shown(ours) == []


async def test_what_failed_again_and_again_is_shown_until_it_may_be_asked(
    ours: httpx.AsyncClient, redis: Redis
) -> None:
    breakers = RedisBreakers(redis)
    for _ in range(ENOUGH):
        await breakers.failed(HAIKU, "overloaded")
    await breakers.failed(LUNA, "rate_limited", retry_after_s=40)

    first, second = await shown(ours)
    assert (first["provider"], first["model"]) == ("anthropic", "claude-haiku-5-5")
    assert (second["provider"], second["reason"]) == ("openai", "rate_limited")
    waits = datetime.fromisoformat(second["until"]) - datetime.fromisoformat(second["since"])
    assert waits == timedelta(seconds=40)

    begun = int(datetime.now().timestamp() * 1000) - 60_000  # noqa: DTZ005, TID251 - as if long ago
    await reply_of(redis.hset(breaker_key(HAIKU), "until", str(begun)))
    assert [one["provider"] for one in await shown(ours)] == ["openai"]
    await redis.delete(breaker_key(LUNA))
    assert await shown(ours) == []


async def test_why_is_for_who_may_administer_and_the_rest_for_every_reader(
    door: FrontDoor, ours: httpx.AsyncClient, redis: Redis
) -> None:
    await RedisBreakers(redis).failed(LUNA, "no_access")
    made = (await ours.post("/v1/keys", json={"scopes": ["read"]})).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    async with door.client(None) as anybody:
        assert (await anybody.get(PATH)).status_code == 401
        reply = await anybody.get(PATH, headers=headers)
    (read,) = reply.json()["models"]
    (administered,) = await shown(ours)
    assert administered["reason"] == "no_access"
    assert read == administered | {"reason": None}


@pytest.mark.usefixtures("redis")
async def test_router_and_gateway_may_do_it_as_their_own_users(valkey_url: str) -> None:
    async with (
        connect_redis(as_service(valkey_url, "llm-router")) as theirs,
        connect_redis(as_service(valkey_url, "gateway")) as ours,
    ):
        await RedisBreakers(theirs).failed(LUNA, "no_access")
        (one,) = await shown_breakers.RedisBreakers(ours).opened()
    assert (one.provider, one.model, one.reason) == ("openai", "gpt-6-luna", "no_access")
