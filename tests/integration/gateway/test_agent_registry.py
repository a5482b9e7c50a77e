"""What several gateways agree on in Redis."""

from redis.asyncio import Redis

from contracts.rooms import WORKERS_KEY, heartbeat_key
from gateway.adapters.redis.agent_registry import LEASE_S, RedisAgentRegistry
from support.eventually import eventually

AGENTS = [("tenant_acme_room", "agent-1"), ("tenant_acme_room", "agent-2")]


async def test_one_process_leads_until_it_stops_saying_so(redis: Redis) -> None:
    first, second = RedisAgentRegistry(redis), RedisAgentRegistry(redis)
    assert [await first.lead(), await first.lead()] == ["taken", "kept"]
    assert await second.lead() == "other"
    await eventually(second.lead, equals="taken", timeout_s=LEASE_S + 5)
    assert await first.lead() == "other"


async def test_a_leader_is_told_when_redis_forgot(redis: Redis) -> None:
    leader = RedisAgentRegistry(redis)
    await leader.lead()
    await redis.flushall()  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
    assert await leader.lead() == "taken"


async def test_an_agent_lives_as_long_as_it_says_so(redis: Redis) -> None:
    registry = RedisAgentRegistry(redis)
    await redis.set(heartbeat_key(*AGENTS[1]), 1, px=60_000)
    assert await registry.heartbeats(AGENTS) == [False, True]
    assert await registry.heartbeats([]) == []


async def test_agents_are_sent_and_events_taken_once_whichever_process_does_it(
    redis: Redis,
) -> None:
    first, second = RedisAgentRegistry(redis), RedisAgentRegistry(redis)
    assert [await first.may_dispatch("one"), await second.may_dispatch("one")] == [True, False]
    assert await second.may_dispatch("another")
    await redis.incr(WORKERS_KEY)  # LiveKit did not offer this worker what was sent before it came
    assert [await first.may_dispatch("one"), await second.may_dispatch("one")] == [True, False]
    assert [await first.is_new_event("EV_1"), await second.is_new_event("EV_1")] == [True, False]


async def test_an_agent_returns_while_it_lives(redis: Redis) -> None:
    registry, (room, agent) = RedisAgentRegistry(redis), AGENTS[0]
    assert not await registry.is_returning(room)
    await registry.register(room, agent)
    assert not await registry.is_returning(room)
    await redis.set(heartbeat_key(room, agent), 1, px=60_000)
    assert await registry.is_returning(room)
    assert not await registry.is_returning("tenant_acme_another")
