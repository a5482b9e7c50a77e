"""What the agents of one live meeting leave to each other, in Redis."""

import asyncio
from typing import Any, Final, cast

from redis.asyncio import Redis

from contracts.errors import UnavailableError
from contracts.ids import SessionId
from contracts.rooms import HEARTBEAT_LIFETIME_S, heartbeat_key
from runtime.redis_client import redis_or_unavailable

LIFETIME_S: Final = 24 * 3600
ASK_WITHIN_S: Final = 2.0


class RedisMemory:
    """Implements ports.Memory."""

    def __init__(self, redis: Redis, *, session_id: SessionId, room: str, identity: str) -> None:
        # redis-py types replies for both of its protocols at once.
        self._redis = cast("Any", redis)
        self._session_id = session_id
        self._heartbeat = heartbeat_key(room, identity)

    async def beat(self) -> None:
        await self._ask("set", self._heartbeat, "1", px=round(HEARTBEAT_LIFETIME_S * 1000))

    async def leave(self) -> None:
        await self._ask("delete", self._heartbeat)

    async def first(self, what: str) -> bool:
        return bool(await self._ask("set", self._key(what), "1", nx=True, ex=LIFETIME_S))

    async def note(self, position: str) -> None:
        await self._ask("set", self._key("position"), position, ex=LIFETIME_S)

    async def noted(self) -> str | None:
        position = await self._ask("get", self._key("position"))
        return None if position is None else position.decode()

    def _key(self, what: str) -> str:
        return f"meeting:{self._session_id}:{what}"

    async def _ask(self, command: str, *args: Any, **options: Any) -> Any:
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                with redis_or_unavailable():
                    return await getattr(self._redis, command)(*args, **options)
        except TimeoutError as error:
            raise UnavailableError("Redis does not answer in time.") from error
