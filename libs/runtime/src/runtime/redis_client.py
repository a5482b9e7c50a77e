"""One way to reach Redis (or Valkey): bounded waits, and retries that outlast a restart."""

import asyncio
import logging
from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from typing import Any, cast

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
    """The user of REDIS_URL is not let in, or lacks a right: somebody has to mend the set-up."""

    code = "redis_denied"


def as_unavailable(error: BaseException) -> UnavailableError | None:
    """What a failure of Redis means to a service; None when it does not pass (a bug)."""
    if (denied := _denied(error)) is not None:
        # Whoever waits for it to pass says nothing, and this one passes by nobody's waiting.
        log.error("redis.denied", extra={"error": denied})
        return RedisDeniedError(f"{denied}: run `parley provision`; is REDIS_URL right?")
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


def _denied(error: BaseException) -> str | None:
    if isinstance(error, AuthenticationError):
        return "Redis does not let this user in"
    if isinstance(error, NoPermissionError) or (
        isinstance(error, ResponseError) and str(error).startswith(DENIED_IN_SCRIPT)
    ):
        return f"Redis refuses ({str(error).partition(' script:')[0]})"
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


def retry_policy() -> Retry:
    """Up to `RETRIES` tries, 20 ms doubling to `RETRY_CAP_S`."""
    return Retry(ExponentialBackoff(cap=RETRY_CAP_S, base=0.02), RETRIES)


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
