import asyncio
import logging
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contracts.ids import TenantId
from gateway.ports.rate_limits import Allowance
from runtime.clock import Clock

log = logging.getLogger(__name__)

WINDOW_S: Final = 60
ASK_TIMEOUT_S: Final = 0.3
LEAVE_ALONE_S: Final = 5.0
"""So long a Redis that did not answer is not asked again: nobody waits for it meanwhile."""

# A count for each of the last 60 seconds, so the window slides by the second and stays small.
# KEYS[1] the counts; ARGV: limit, window. Returns: how many count now, seconds until one more has
# room (0: it was counted), seconds until nothing counts any more.
TAKE: Final = """
local now = tonumber(redis.call('TIME')[1])
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local counts = redis.call('HGETALL', KEYS[1])
local used, newest, slots = 0, 0, {}
for i = 1, #counts, 2 do
  local second, count = tonumber(counts[i]), tonumber(counts[i + 1])
  if second <= now - window then
    redis.call('HDEL', KEYS[1], counts[i])
  else
    used = used + count
    newest = math.max(newest, second)
    slots[#slots + 1] = {second, count}
  end
end
if used < limit then
  redis.call('HINCRBY', KEYS[1], now, 1)
  redis.call('EXPIRE', KEYS[1], window)
  return {used + 1, 0, window}
end
table.sort(slots, function(a, b) return a[1] < b[1] end)
local room = used - limit + 1
for _, slot in ipairs(slots) do
  room = room - slot[2]
  if room <= 0 then return {used, slot[1] + window - now, newest + window - now} end
end
return {used, window, window}
"""


class RedisRateLimiter:
    """Lets everybody in while Redis is away: a limit protects, it must not be what fails."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        # redis-py leaves a script's reply untyped.
        self._redis = cast("Any", redis)
        self._take = self._redis.register_script(TAKE)
        self._clock = clock
        self._ask_from_s = 0.0

    async def take(self, tenant_id: TenantId, what: str, *, limit: int) -> Allowance:
        if self._clock.monotonic() < self._ask_from_s:
            return Allowance(limit, limit, 0, 0)
        key = f"rate:{tenant_id}:{what}"
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                used, wait_s, reset_s = await self._take(keys=[key], args=[limit, WINDOW_S])
        except (RedisError, OSError, TimeoutError):
            self._ask_from_s = self._clock.monotonic() + LEAVE_ALONE_S
            log.warning("rate_limiter.not_counted")
            return Allowance(limit, limit, 0, 0)
        return Allowance(limit, max(0, limit - used), wait_s, reset_s)
