"""What an agent leaves in Redis to the next one, and to the gateway that watches over both."""

from uuid import UUID

import pytest
from redis.asyncio import Redis

from contracts.errors import UnavailableError
from contracts.ids import SessionId
from contracts.rooms import HEARTBEAT_LIFETIME_S, heartbeat_key
from media_agent.adapters.redis_coordination import RedisCoordination
from runtime.redis_client import connect_redis

ROOM = "tenant_acme_standup"


def memory_of(redis: Redis, identity: str, session: int = 1) -> RedisCoordination:
    return RedisCoordination(
        redis, session_id=SessionId(UUID(int=session)), room=ROOM, identity=identity
    )


async def test_a_heart_that_beats_is_seen_for_three_seconds_and_one_that_left_not(
    redis: Redis,
) -> None:
    coordination, key = memory_of(redis, "agent-1"), heartbeat_key(ROOM, "agent-1")
    await coordination.beat()
    assert 0 < await redis.pttl(key) <= HEARTBEAT_LIFETIME_S * 1000
    await coordination.leave()
    assert await redis.exists(key) == 0


async def test_what_one_agent_did_first_the_next_one_does_not(redis: Redis) -> None:
    first, second = memory_of(redis, "agent-1"), memory_of(redis, "agent-2")
    assert await first.first("welcome")
    assert not await second.first("welcome")
    assert await memory_of(redis, "agent-1", session=2).first("welcome")


async def test_an_agent_that_is_asked_again_is_told_the_same(redis: Redis) -> None:
    coordination = memory_of(redis, "agent-1")
    assert await coordination.first("welcome")
    assert await coordination.first("welcome")


async def test_what_two_agents_hear_of_a_person_one_of_them_states(redis: Redis) -> None:
    one, two = memory_of(redis, "agent-1"), memory_of(redis, "agent-2")
    assert await one.may_state("ann", start_ms=1_000, end_ms=3_000)
    assert not await two.may_state("ann", start_ms=1_060, end_ms=3_040)
    assert await two.may_state("ben", start_ms=1_060, end_ms=3_040)
    assert await one.may_state("ann", start_ms=2_900, end_ms=3_050)
    assert await two.may_state("ann", start_ms=3_500, end_ms=4_000)
    assert not await one.may_state("ann", start_ms=3_480, end_ms=3_990)


async def test_the_next_agent_reads_on_where_the_last_one_was(redis: Redis) -> None:
    assert await memory_of(redis, "agent-1").noted() is None
    await memory_of(redis, "agent-1").note("17-3")
    assert await memory_of(redis, "agent-2").noted() == "17-3"


async def test_a_redis_that_is_away_is_told_within_two_seconds() -> None:
    redis = connect_redis("redis://127.0.0.1:1")
    with pytest.raises(UnavailableError):
        await memory_of(redis, "agent-1").beat()
    await redis.aclose()
