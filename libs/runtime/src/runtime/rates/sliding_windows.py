import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from runtime.clock import Clock

log = logging.getLogger(__name__)

ASK_TIMEOUT_S: Final = 0.3
LEAVE_ALONE_S: Final = 5.0
"""So long a Redis that did not answer is not asked again: nobody waits for it meanwhile."""


@dataclass(frozen=True)
class Window:
    """What may be taken in any 60 seconds.

    Attributes:
        key: of Redis; the windows that are taken from together have the same hash tag.
        limit: at least 0.
        amount: to be taken; at least 0.
    """

    key: str
    limit: int
    amount: int = 1


@dataclass(frozen=True)
class Allowance:
    """What a window has left.

    Attributes:
        limit: in any 60 seconds.
        left: after what was asked for.
        wait_s: until there is room for it; 0 when there was. An amount above the limit never has.
        reset_s: until all of the limit is there again.
    """

    limit: int
    left: int
    wait_s: int
    reset_s: int


class SlidingWindows:
    """Windows that all processes share, kept in Redis by Redis's own clock.

    No 60 seconds see more than the limit, unless more was used than had been held. Everybody is
    let in while Redis is away: a limit protects, it must not be what fails.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        # redis-py leaves a script's reply untyped.
        untyped = cast("Any", redis)
        self._take = untyped.register_script(_script("take"))
        self._settle = untyped.register_script(_script("settle"))
        self._clock = clock
        self._ask_from_s = 0.0

    async def take(self, *windows: Window, hold: str = "") -> Sequence[Allowance]:
        """Take from all, or from none of them (then a `wait_s` is above 0).

        Args:
            windows: with what to take from each.
            hold: a name by which `settle` finds it again; a second `take` by it takes nothing.
        """
        return await self._asked(windows, hold, "take")

    async def look(self, *windows: Window) -> Sequence[Allowance]:
        """What `take` would say; nothing is taken."""
        return await self._asked(windows, "", "look")

    async def settle(self, used: Sequence[tuple[str, int]], *, hold: str) -> None:
        """Say what was used of what was held, by the keys of the windows; harmless twice.

        Without an answer of Redis all that was held counts until it is 60 s old.
        """
        keys, amounts = [key for key, _ in used], [amount for _, amount in used]
        await self._reply(self._settle(keys=keys, args=[hold, *amounts]))

    async def _asked(self, windows: Sequence[Window], hold: str, how: str) -> list[Allowance]:
        rows = None
        if self._clock.monotonic() >= self._ask_from_s:
            amounts = [number for one in windows for number in (one.limit, one.amount)]
            keys = [one.key for one in windows]
            rows = await self._reply(self._take(keys=keys, args=[hold, how, *amounts]))
        if rows is None:
            return [Allowance(one.limit, one.limit, 0, 0) for one in windows]
        return [
            Allowance(one.limit, max(0, one.limit - used), wait_s, reset_s)
            for one, (used, wait_s, reset_s) in zip(windows, rows, strict=True)
        ]

    async def _reply(self, asked: Any) -> Any:
        """None: Redis is away."""
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                return await asked
        except (RedisError, OSError, TimeoutError):
            self._ask_from_s = self._clock.monotonic() + LEAVE_ALONE_S
            log.warning("rate_limiter.not_counted")
            return None


def _script(name: str) -> str:
    return (files("runtime") / "rates" / f"{name}.lua").read_text()
