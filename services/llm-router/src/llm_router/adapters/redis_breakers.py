"""Models that are left alone after they failed: one small hash each, shared by the replicas."""

from datetime import timedelta
from typing import Any, Final, cast

from redis.asyncio import Redis

from contracts.breakers import BREAKERS_KEY, BREAKERS_LIFETIME_S, breaker_key
from llm_router.adapters.lua import script
from llm_router.domain.reply import Failure, FailureReason
from llm_router.ports import LeftAlone
from runtime.redis_client import reply_of

ENOUGH: Final = 5
"""Failures in a row, within `WINDOW`, after which a model is left alone."""
WINDOW: Final = timedelta(seconds=30)
WAIT: Final = timedelta(seconds=10)
"""Doubled with each trial that fails."""
MOST: Final = timedelta(minutes=5)
LONG: Final = timedelta(hours=1)
"""After a failure that only a person can mend: a key that is refused, a model that is gone."""
MENDED_BY_A_PERSON: Final[frozenset[FailureReason]] = frozenset({"no_access", "no_model"})
FAILING: Final = b"failing"


class RedisBreakers:
    """The port `Breakers`, and a list of the models for who shows them (`contracts.breakers`)."""

    def __init__(self, redis: Redis) -> None:
        # Cast once: redis-py types replies for both of its clients at once.
        self._redis = cast(Any, redis)
        self._breaker = cast(Any, redis.register_script(script("breaker")))
        self._failing: set[str] = set()

    async def left_alone(self, model: str, trial: timedelta) -> LeftAlone | None:
        reply = await self._run(model, "ask", _ms(trial))
        if reply[:1] == [FAILING]:
            self._failing.add(model)
            return None
        self._failing.discard(model)
        return _left_alone(reply)

    async def failed(self, model: str, failure: Failure) -> LeftAlone | None:
        self._failing.add(model)
        at_once = min(_at_once(failure), LONG)
        limits = (ENOUGH, _ms(WINDOW), _ms(WAIT), _ms(MOST))
        reply = await self._run(model, "failed", failure.reason, _ms(at_once), *limits)
        if reply:
            await self._list(model)
        return _left_alone(reply)

    async def answered(self, model: str) -> None:
        # Most models never fail, and cost no second round trip.
        if model in self._failing:
            self._failing.discard(model)
            await self._run(model, "answered")

    async def _list(self, model: str) -> None:
        await reply_of(self._redis.sadd(BREAKERS_KEY, model))
        await reply_of(self._redis.expire(BREAKERS_KEY, BREAKERS_LIFETIME_S))

    async def _run(self, model: str, *words: str | int) -> list[bytes | int]:
        call = self._breaker(keys=[breaker_key(model)], args=words)
        return cast("list[bytes | int]", await reply_of(call))


def _at_once(failure: Failure) -> timedelta:
    """How long it is left alone whatever came before; nothing: it is only counted."""
    if failure.reason in MENDED_BY_A_PERSON:
        return LONG
    return timedelta(seconds=failure.retry_after_s or 0)


def _left_alone(reply: list[bytes | int]) -> LeftAlone | None:
    if not reply:
        return None
    reason, ms = cast("tuple[bytes, int]", tuple(reply))
    return LeftAlone(cast("FailureReason", reason.decode()), ms / 1000)


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
