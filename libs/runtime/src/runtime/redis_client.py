"""One way to reach Redis (or Valkey): bounded waits, and retries that outlast a restart."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from contracts.errors import UnavailableError

T = TypeVar("T")

log = logging.getLogger(__name__)
RETRIES = 20
RETRY_CAP_S = 0.5
"""With 20 tries this waits about 9 s in all, longer than a restart or a failover takes."""

# A replica that was just demoted says READONLY; FastStream's supervisor would spin on it
# (measured: 1,700 restarts a second), so the client itself waits.
RETRY_ON = [RedisConnectionError, RedisTimeoutError, OSError, ReadOnlyError]

OUTSIDE_FAILED = (
    RedisConnectionError,
    RedisTimeoutError,
    OSError,
    ReadOnlyError,
    OutOfMemoryError,
)
"""Failures that pass, as far as their class tells; `as_unavailable` knows more."""

# Replies that are no class of their own in redis-py: the server refuses for now.
REFUSED_FOR_NOW = ("MISCONF", "BUSY ", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "NOREPLICAS")
DENIED_IN_SCRIPT = "ACL failure"  # what NOPERM is called where a script made the call


class RedisDeniedError(UnavailableError):
    """The user of REDIS_URL lacks a right: it does not pass until somebody gives it."""

    code = "redis_denied"


class RedisLoginError(RedisDeniedError):
    """Redis lets this user and password not in."""


def as_unavailable(error: BaseException) -> UnavailableError | None:
    """What a failure of Redis means to a service; None when it does not pass (a bug)."""
    if (denied := _as_denied(error)) is not None:
        # Whoever waits for it to pass says nothing, and it does not pass by waiting.
        log.error("redis.denied", extra={"error": str(denied)})
        return denied
    if isinstance(error, OutOfMemoryError):
        return UnavailableError(
            "Redis has no memory left: raise its maxmemory or shorten retention", code="redis_full"
        )
    if isinstance(error, ResponseError) and str(error).startswith("MISCONF"):
        return UnavailableError(
            "Redis cannot write to its disk: free some space there", code="redis_disk"
        )
    if isinstance(error, OUTSIDE_FAILED) or (
        isinstance(error, ResponseError) and str(error).startswith(REFUSED_FOR_NOW)
    ):
        return UnavailableError("Redis does not answer; is REDIS_URL right?", code="redis_down")
    return None


def _as_denied(error: BaseException) -> RedisDeniedError | None:
    if isinstance(error, AuthenticationError):
        return RedisLoginError(
            "Redis does not let this user in: is REDIS_URL right? `parley provision` makes users"
        )
    if isinstance(error, NoPermissionError) or (
        isinstance(error, ResponseError) and str(error).startswith(DENIED_IN_SCRIPT)
    ):
        what = str(error).partition(" script:")[0]
        return RedisDeniedError(f"Redis refuses: {what}; `parley provision` gives every right")
    return None


@contextmanager
def redis_or_unavailable() -> Generator[None]:
    """Around commands: what passes is raised as UnavailableError, anything else as it is.

    Raises:
        UnavailableError: with what to do about it.
    """
    try:
        yield
    except (RedisError, OSError) as error:
        known = as_unavailable(error)
        if known is None:
            raise
        raise known from error


async def reply_of(command: Awaitable[Any] | Any, *, timeout_s: float | None = None) -> Any:
    """What Redis says to a command or a script, of which redis-py types every reply twice.

    Args:
        command: what the client's method returned.
        timeout_s: sooner than the client's own limits, for whoever would rather do without.

    Raises:
        UnavailableError: it does not say anything, or not in time.
    """
    with redis_or_unavailable():
        async with asyncio.timeout(timeout_s):
            return await cast("Awaitable[Any]", command)


class _PatientRetry(Retry):
    """A wrong password is not tried again: it is no connection that comes back."""

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[T]],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        def passes(error: Exception) -> bool:
            if isinstance(error, AuthenticationError):
                return False
            return is_retryable is None or is_retryable(error)

        return await super().call_with_retry(do, fail, passes, with_failure_count)


def retry_policy() -> Retry:
    """Up to `RETRIES` tries, 20 ms doubling to `RETRY_CAP_S`."""
    return _PatientRetry(ExponentialBackoff(cap=RETRY_CAP_S, base=0.02), RETRIES)


def connect_redis(url: str, *, max_connections: int = 64) -> Redis:
    """A client whose replies are bytes. Nothing is sent until the first command.

    A command that fails on the connection is sent again, so it must be harmless twice. When all
    connections are busy a caller waits up to 10 s for one.
    """
    # redis-py leaves **kwargs untyped.
    pool = cast("Any", BlockingConnectionPool).from_url(
        url,
        max_connections=max_connections,
        timeout=10,
        socket_timeout=5,
        socket_connect_timeout=2,
        health_check_interval=15,
        retry=retry_policy(),
        retry_on_error=RETRY_ON,
    )
    return Redis.from_pool(pool)
