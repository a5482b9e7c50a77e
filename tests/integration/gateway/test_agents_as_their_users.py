"""What gateway and agents leave each other in Redis, each as its own user there."""

from uuid import UUID

from redis.asyncio import Redis

from contracts.ids import SessionId
from gateway.adapters.redis.agent_registry import RedisAgentRegistry
from media_agent.adapters.redis_coordination import RedisCoordination, announce_worker
from runtime.redis_client import connect_redis
from support.servers import as_service

ROOM, AGENT = "acme.weekly", "agent-1"


async def test_agents_and_the_watch_over_rooms_may_do_all_that_they_do(
    redis: Redis, valkey_url: str
) -> None:
    async with (
        connect_redis(as_service(valkey_url, "media-agent")) as theirs,
        connect_redis(as_service(valkey_url, "gateway")) as ours,
    ):
        session = SessionId(UUID(int=1))
        agent = RedisCoordination(theirs, session_id=session, room=ROOM, identity=AGENT)
        registry = RedisAgentRegistry(ours)
        await announce_worker(theirs)
        await agent.beat()
        assert await agent.first("welcome")
        assert await agent.may_state("ann", start_ms=1, end_ms=2)
        await agent.note("17-3")
        assert await agent.noted() == "17-3"
        assert await registry.lead() == "taken"
        await registry.register(ROOM, AGENT)
        assert await registry.is_returning(ROOM)
        assert await registry.may_dispatch(ROOM)
        assert await registry.is_new_event("event")
        await agent.leave()
        assert await registry.heartbeats([(ROOM, AGENT)]) == [False]
    assert await redis.get("agents:workers") == b"1"
