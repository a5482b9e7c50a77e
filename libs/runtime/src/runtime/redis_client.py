"""One way to reach Redis (or Valkey): bounded waits, and retries that outlast a restart."""

import asyncio
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError

RETRIES = 20
RETRY_CAP_S = 0.5
"""With 20 tries this waits about 9 s in all, longer than a restart or a failover takes."""

# A replica that was just demoted says READONLY; FastStream's supervisor would spin on it
# (research: 1,700 restarts a second), so the client itself waits.
RETRY_ON = [RedisConnectionError, RedisTimeoutError, OSError, ReadOnlyError, NoPermissionError]

OUTSIDE_FAILED = (RedisConnectionError, RedisTimeoutError, OSError, ReadOnlyError)
"""What an adapter over Redis turns into UnavailableError."""


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


def stop_if_cancelled() -> None:
    """Raise CancelledError when this task was told to end and something swallowed that.

    redis-py sends through `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that
    comes as it finishes (python/cpython#81839). An endless loop over Redis calls this each round.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
