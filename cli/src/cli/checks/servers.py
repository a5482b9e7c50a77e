"""Do the servers that the environment names answer? Else those of the running cluster."""

import asyncio

from redis.exceptions import RedisError

from cli.checks import Checked
from cli.errors import CliError
from cli.provisioning.database import admin_connection
from runtime.redis_client import connect_redis

ANSWER_WITHIN_S = 5.0
EMBEDDED = "embedded; starts with `parley up`"


async def check_postgres(named: str | None, running: str | None) -> Checked:
    """PostgreSQL's version, and whether pgvector is available to it."""
    if (url := named or running) is None:
        return Checked("postgres", True, EMBEDDED)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S), admin_connection(url) as admin:
            number = await admin.fetchval("SHOW server_version")
            vector = await admin.fetchval(
                "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
            )
    except CliError as error:
        return Checked("postgres", False, error.message, error.hint)
    except TimeoutError:
        return Checked("postgres", False, "does not answer", "Check DATABASE_URL.")
    if vector is None:
        return Checked("postgres", False, f"{number}, without pgvector", "Install pgvector there.")
    return Checked("postgres", True, f"{number}, pgvector {vector}")


async def check_redis(named: str | None, running: str | None) -> Checked:
    """The version of whichever server speaks the Redis protocol there."""
    if (url := named or running) is None:
        return Checked("redis", True, EMBEDDED)
    hint = "Check REDIS_URL."
    try:
        redis = connect_redis(url, max_connections=1)
    except ValueError:
        return Checked("redis", False, "REDIS_URL is no address of a Redis", hint)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            about: dict[str, object] = await redis.info("server")  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
    except (TimeoutError, OSError, RedisError) as error:
        return Checked("redis", False, f"cannot be reached ({type(error).__name__})", hint)
    finally:
        await redis.aclose()
    name = "Valkey" if "valkey_version" in about else "Redis"
    return Checked("redis", True, f"{name} {about.get('valkey_version', about['redis_version'])}")
