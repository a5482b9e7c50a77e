"""A limit protects; when what counts for it is away, it must not be what fails."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from redis.asyncio import Redis

from contracts.ids import TenantId
from gateway.adapters.redis.rate_limiter import RedisRateLimiter
from runtime.clock import SystemClock
from runtime.ids import new_id
from runtime.rates import Allowance
from runtime.rates.sliding_windows import LEAVE_ALONE_S
from runtime.redis_client import connect_redis
from support.eventually import eventually
from support.gateway.front_door import front_door

HANGS_MS = 3_000
T = TypeVar("T")


class HandClock(SystemClock):
    """Monotonic time that is moved by hand."""

    at_s = 1_000.0

    def monotonic(self) -> float:
        return self.at_s


def without_waiting(asked: Coroutine[Any, Any, T]) -> T:
    """What it gives at its first step; fails when it waits for anything, as for Redis."""
    with pytest.raises(StopIteration) as finished:
        asked.send(None)
    return finished.value.value


async def hang(redis: Redis) -> None:
    """Every command waits, for a while."""
    untyped: Any = redis  # redis-py leaves its keyword arguments untyped
    await untyped.client_pause(HANGS_MS)


async def test_while_redis_hangs_everybody_is_let_in_and_afterwards_counted_again(
    redis: Redis, valkey_url: str
) -> None:
    tenant_id, clock = TenantId(f"t-{new_id().hex[-12:]}"), HandClock()
    async with connect_redis(valkey_url) as client:
        rate_limiter = RedisRateLimiter(client, clock)

        async def waits() -> bool:
            return (await rate_limiter.take(tenant_id, "requests", limit=1)).wait_s > 0

        assert not await waits()
        assert await waits()
        await hang(redis)
        let_in = Allowance(limit=1, left=1, wait_s=0, reset_s=0)
        assert await rate_limiter.take(tenant_id, "requests", limit=1) == let_in
        for _ in range(200):
            assert without_waiting(rate_limiter.take(tenant_id, "requests", limit=1)) == let_in

        async def is_counted_again() -> bool:
            clock.at_s += LEAVE_ALONE_S + 1
            return await waits()

        await eventually(is_counted_again, timeout_s=8)


async def test_a_redis_that_is_gone_keeps_nobody_out() -> None:
    async with connect_redis("redis://127.0.0.1:1") as client:
        rate_limiter = RedisRateLimiter(client, SystemClock())
        allowance = await rate_limiter.take(TenantId("acme"), "requests", limit=7)
    assert allowance == Allowance(limit=7, left=7, wait_s=0, reset_s=0)


@pytest.mark.timeout(30)
async def test_the_front_door_answers_while_redis_hangs(
    servers: tuple[str, str, str], redis: Redis, tmp_path: Path
) -> None:
    async with front_door(servers, redis, tmp_path) as door, door.client("a") as client:
        assert (await client.get("/v1/sessions")).is_success
        await hang(redis)
        reply = await client.get("/v1/sessions")
        assert reply.status_code == 200, reply.text
        assert reply.headers["RateLimit-Remaining"] == reply.headers["RateLimit-Limit"]
