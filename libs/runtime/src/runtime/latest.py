"""A value that another process writes to a Redis key: the newest one, soon; the last good one else.

latest = Latest(redis, parse, clock)
value = await latest.get("some:key")
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from runtime.clock import Clock
from runtime.redis_client import reply_of

log = logging.getLogger(__name__)

T = TypeVar("T")
PUBLISH_TIMEOUT_S: Final = 2.0
# KEYS[1] the key; ARGV: version, body (JSON with that `version`).
PUBLISH: Final = """
local kept = redis.call('GET', KEYS[1])
if kept and cjson.decode(kept).version > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
FRESH_S: Final = 2.0
ASK_TIMEOUT_S: Final = 0.3
MOST_KEYS: Final = 10_000


async def publish_newer(redis: Redis, key: str, *, version: int, body: str) -> None:
    """Write a value for all to read, unless what stands there is newer.

    Raises:
        UnavailableError: Redis does not answer.
    """
    # redis-py types replies for both of its protocols at once.
    reply = cast("Any", redis).eval(PUBLISH, 1, key, version, body)
    await reply_of(reply, timeout_s=PUBLISH_TIMEOUT_S)


@dataclass
class _Known(Generic[T]):
    value: T | None
    read_at_s: float


class Latest(Generic[T]):
    """Asks Redis again once a value is `fresh_s` old.

    When Redis does not answer, the key is gone or what it holds does not parse, the value known
    before stands.
    """

    def __init__(
        self, redis: Redis, parse: Callable[[bytes], T], clock: Clock, *, fresh_s: float = FRESH_S
    ) -> None:
        """`parse` raises ValueError for what it cannot read."""
        self._redis = redis
        self._parse = parse
        self._clock = clock
        self._fresh_s = fresh_s
        self._known: OrderedDict[str, _Known[T]] = OrderedDict()

    async def get(self, key: str) -> T | None:
        """None when the key was never found to hold a value."""
        now_s = self._clock.monotonic()
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Known(None, now_s)
            while len(self._known) > MOST_KEYS:
                self._known.popitem(last=False)
        elif known.value is not None and now_s - known.read_at_s < self._fresh_s:
            return known.value
        known.read_at_s = now_s  # before the answer: a Redis that hangs is asked once in a while
        known.value = await self._read(key) or known.value
        return known.value

    def forget(self, key: str) -> None:
        """Ask Redis at the next `get`: we have just written the key ourselves."""
        self._known.pop(key, None)

    async def _read(self, key: str) -> T | None:
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                # redis-py types replies for both of its protocols at once.
                body = cast("bytes | None", await self._redis.get(key))
            return None if body is None else self._parse(body)
        except (RedisError, OSError, TimeoutError):
            log.warning("latest.not_answered")
        except ValueError:
            log.warning("latest.not_understood")
        return None
