import pytest
from redis.asyncio import Redis

from support.router.routers import Router, a_router


@pytest.fixture
def router(redis: Redis) -> Router:
    return a_router(redis)
