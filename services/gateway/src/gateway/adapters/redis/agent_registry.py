from collections.abc import Awaitable, Sequence
from typing import Any, Final, Literal, cast

from redis.asyncio import Redis

from contracts.rooms import WORKERS_KEY, heartbeat_key
from runtime.ids import new_id
from runtime.redis_client import reply_of

ANSWER_TIMEOUT_S: Final = 1.0
LEADER_KEY: Final = "gateway:rooms:leader"
LEASE_S: Final = 3.0
DISPATCH_EVERY_S: Final = 5.0
REMEMBER_EVENT_S: Final = 3_600
REMEMBER_AGENT_S: Final = 30.0
"""Longer than LiveKit takes to be started anew; an agent that it lost gives up before."""

# KEYS[1] the lease; ARGV: who asks, how long in ms.
LEAD: Final = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 'other' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return holder and 'kept' or 'taken'
"""


class RedisAgentRegistry:
    """Slow is away: an answer about who lives that comes too late is not believed."""

    def __init__(self, redis: Redis) -> None:
        # redis-py types replies for both of its protocols at once.
        self._redis = cast("Any", redis)
        self._me = str(new_id())

    async def lead(self) -> Literal["kept", "taken", "other"]:
        lease_ms = int(LEASE_S * 1000)
        lease: bytes = await _in_time(self._redis.eval(LEAD, 1, LEADER_KEY, self._me, lease_ms))
        return cast('Literal["kept", "taken", "other"]', lease.decode())

    async def heartbeats(self, agents: Sequence[tuple[str, str]]) -> Sequence[bool]:
        if not agents:
            return []
        keys = [heartbeat_key(*agent) for agent in agents]
        found: list[bytes | None] = await _in_time(self._redis.mget(keys))
        return [beat is not None for beat in found]

    async def register(self, room: str, agent: str) -> None:
        await _in_time(self._redis.set(_agent_key(room), agent, px=int(REMEMBER_AGENT_S * 1000)))

    async def is_returning(self, room: str) -> bool:
        agent: bytes | None = await _in_time(self._redis.get(_agent_key(room)))
        return agent is not None and (await self.heartbeats([(room, agent.decode())]))[0]

    async def may_dispatch(self, room: str) -> bool:
        newest: bytes | None = await _in_time(self._redis.get(WORKERS_KEY))
        worker = "0" if newest is None else newest.decode()
        return await self._first(f"gateway:sent:{room}:{worker}", DISPATCH_EVERY_S)

    async def is_new_event(self, event_id: str) -> bool:
        return await self._first(f"gateway:webhook:{event_id}", REMEMBER_EVENT_S)

    async def _first(self, key: str, lifetime_s: float) -> bool:
        return bool(await _in_time(self._redis.set(key, 1, nx=True, px=int(lifetime_s * 1000))))


def _agent_key(room: str) -> str:
    return f"gateway:agent:{room}"


async def _in_time(reply: Awaitable[Any]) -> Any:
    return await reply_of(reply, timeout_s=ANSWER_TIMEOUT_S)
