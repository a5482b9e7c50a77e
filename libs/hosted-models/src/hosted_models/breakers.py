"""Models that are left alone after they failed: one small hash each, shared by all that ask."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Any, Final, Protocol, cast

from redis.asyncio import Redis

from contracts.breakers import BREAKERS_KEY, BREAKERS_LIFETIME_S, breaker_key
from hosted_models.calls import FailureReason
from runtime.redis_access import Grant
from runtime.redis_client import reply_of
from runtime.telemetry import metrics

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
COUNTED: Final[frozenset[FailureReason]] = frozenset(
    {"timeout", "unavailable", "rate_limited", "overloaded", "no_model", "no_access", "bad_reply"}
)
"""Failures that say something of the model; the others are of this question or of the budget."""
FAIR_TIMEOUT: Final = timedelta(seconds=2)
"""A model that had less time than this did not fail."""
MOST_TRIAL: Final = timedelta(seconds=15)
"""A trial that was cancelled, or whose process died, holds up the next one for so long."""
BREAKERS: Final = (
    Grant(("hmget", "hset", "hincrby", "del", "pexpire"), ("breaker:*",)),
    Grant(("sadd", "expire"), (BREAKERS_KEY,)),
)
"""For whoever asks hosted models."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LeftAlone:
    """A model that is not to be asked now.

    Attributes:
        reason: of its last failure.
        for_s: until somebody may try it.
    """

    reason: FailureReason
    for_s: float


class Breakers(Protocol):
    """Which models are left alone after they failed, known to every replica.

    All raise UnavailableError when the store does not answer.
    """

    async def left_alone(self, model: str, trial: timedelta) -> LeftAlone | None:
        """None: ask it. When its time is up one caller may, for `trial`; the others wait."""
        ...

    async def failed(
        self, model: str, reason: FailureReason, retry_after_s: float | None = None
    ) -> LeftAlone | None:
        """Count a failure. What it opened by this one, once among the replicas; else None."""
        ...

    async def answered(self, model: str) -> None:
        """It is well again."""
        ...


async def note_failure(
    breakers: Breakers,
    model: str,
    reason: FailureReason,
    *,
    retry_after_s: float | None = None,
    allowed: timedelta,
) -> None:
    """Count what says something of the model; `allowed` is the time that the call had."""
    metrics.add("model_failures_total", model=model, reason=reason)
    was_hurried = reason == "timeout" and allowed < FAIR_TIMEOUT
    if reason not in COUNTED or was_hurried:
        return
    opened = await breakers.failed(model, reason, retry_after_s)
    if opened is not None:
        metrics.add("breakers_opened_total", model=model, reason=opened.reason)
        log.warning(
            "model.left_alone",
            extra={"model": model, "reason": opened.reason, "for_s": round(opened.for_s)},
        )


class RedisBreakers:
    """The port `Breakers`, and a list of the models for who shows them (`contracts.breakers`)."""

    def __init__(self, redis: Redis) -> None:
        # Cast once: redis-py types replies for both of its clients at once.
        self._redis = cast(Any, redis)
        self._breaker = cast(Any, redis.register_script(_script()))
        self._failing: set[str] = set()

    async def left_alone(self, model: str, trial: timedelta) -> LeftAlone | None:
        reply = await self._run(model, "ask", _ms(trial))
        if reply[:1] == [FAILING]:
            self._failing.add(model)
            return None
        self._failing.discard(model)
        return _left_alone(reply)

    async def failed(
        self, model: str, reason: FailureReason, retry_after_s: float | None = None
    ) -> LeftAlone | None:
        self._failing.add(model)
        at_once = min(_at_once(reason, retry_after_s), LONG)
        limits = (ENOUGH, _ms(WINDOW), _ms(WAIT), _ms(MOST))
        reply = await self._run(model, "failed", reason, _ms(at_once), *limits)
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


def _at_once(reason: FailureReason, retry_after_s: float | None) -> timedelta:
    """How long it is left alone whatever came before; nothing: it is only counted."""
    return LONG if reason in MENDED_BY_A_PERSON else timedelta(seconds=retry_after_s or 0)


def _script() -> str:
    return (files("hosted_models") / "breaker.lua").read_text()


def _left_alone(reply: list[bytes | int]) -> LeftAlone | None:
    if not reply:
        return None
    reason, ms = cast("tuple[bytes, int]", tuple(reply))
    return LeftAlone(cast("FailureReason", reason.decode()), ms / 1000)


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
