"""What the agents of one live meeting leave to each other, in Redis."""

from typing import Any, Final, cast

from redis.asyncio import Redis

from contracts.ids import SessionId
from contracts.rooms import HEARTBEAT_LIFETIME_S, WORKERS_KEY, heartbeat_key
from runtime.redis_client import reply_of

LIFETIME_S: Final = 24 * 3600
ASK_TIMEOUT_S: Final = 2.0

# KEYS[1] of a person; ARGV: which agent asks, the middle and the end of what it heard in ms, how
# long to remember in s. Kept: until when they were heard, and by which agent.
STATE: Final = """
local kept = redis.call('GET', KEYS[1])
if kept then
  local end_ms, agent = kept:match('^(%d+) (.*)$')
  if agent ~= ARGV[1] and tonumber(ARGV[2]) < tonumber(end_ms) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[3] .. ' ' .. ARGV[1], 'EX', ARGV[4])
return 1
"""


async def announce_worker(redis: Redis) -> None:
    """Tell whoever sends agents that there is a worker more.

    Raises:
        UnavailableError: Redis does not answer in time.
    """
    await reply_of(redis.incr(WORKERS_KEY), timeout_s=ASK_TIMEOUT_S)


class RedisCoordination:
    """Implements ports.AgentCoordination."""

    def __init__(self, redis: Redis, *, session_id: SessionId, room: str, identity: str) -> None:
        # redis-py types replies for both of its protocols at once.
        self._redis = cast("Any", redis)
        self._session_id, self._identity = session_id, identity
        self._heartbeat = heartbeat_key(room, identity)

    async def beat(self) -> None:
        await self._ask("set", self._heartbeat, "1", px=round(HEARTBEAT_LIFETIME_S * 1000))

    async def leave(self) -> None:
        await self._ask("delete", self._heartbeat)

    async def first(self, what: str) -> bool:
        key = self._key(what)
        if await self._ask("set", key, self._identity, nx=True, ex=LIFETIME_S):
            return True
        # Ours, when the answer to it was lost and the client asked again.
        return await self._ask("get", key) == self._identity.encode()

    async def may_state(self, person: str, *, start_ms: int, end_ms: int) -> bool:
        middle_ms = (start_ms + end_ms) // 2
        arguments = (self._identity, middle_ms, end_ms, LIFETIME_S)
        return bool(await self._ask("eval", STATE, 1, self._key(f"heard:{person}"), *arguments))

    async def note(self, position: str) -> None:
        await self._ask("set", self._key("position"), position, ex=LIFETIME_S)

    async def noted(self) -> str | None:
        position = await self._ask("get", self._key("position"))
        return None if position is None else position.decode()

    def _key(self, what: str) -> str:
        return f"meeting:{self._session_id}:{what}"

    async def _ask(self, command: str, *args: Any, **options: Any) -> Any:
        reply = getattr(self._redis, command)(*args, **options)
        return await reply_of(reply, timeout_s=ASK_TIMEOUT_S)
