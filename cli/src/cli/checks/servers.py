"""Do the servers that the environment names answer? Else those of the running cluster."""

import asyncio
from collections.abc import Mapping

import httpx
from redis.exceptions import AuthenticationError, RedisError

from cli.checks import CheckResult
from cli.command_line.errors import CliError
from cli.command_line.settings import CliSettings
from cli.embedded.livekit import find_livekit
from cli.provisioning.database import admin_connection
from runtime.bus.memory import NEARLY_FULL_RATIO, nearly_full
from runtime.redis_client import connect_redis

ANSWER_TIMEOUT_S = 5.0
EMBEDDED = "embedded; starts with `parley up`"


async def check_postgres(named: str | None, running: str | None) -> CheckResult:
    """PostgreSQL's version, and whether pgvector is available to it."""
    if (url := named or running) is None:
        return CheckResult("postgres", True, EMBEDDED)
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S), admin_connection(url) as admin:
            number = await admin.fetchval("SHOW server_version")
            vector = await admin.fetchval(
                "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
            )
    except CliError as error:
        return CheckResult("postgres", False, error.message, error.hint)
    except TimeoutError:
        return CheckResult("postgres", False, "does not answer", "Check DATABASE_URL.")
    if vector is None:
        return CheckResult(
            "postgres", False, f"{number}, without pgvector", "Install pgvector there."
        )
    return CheckResult("postgres", True, f"{number}, pgvector {vector}")


async def check_redis(named: str | None, running: str | None) -> CheckResult:
    """The version of whichever server speaks the Redis protocol there."""
    if (url := named or running) is None:
        return CheckResult("redis", True, EMBEDDED)
    hint = "Check REDIS_URL."
    try:
        redis = connect_redis(url, max_connections=1)
    except ValueError:
        return CheckResult("redis", False, "REDIS_URL is no address of a Redis", hint)
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            about: dict[str, object] = await redis.info()  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
    except AuthenticationError:
        return CheckResult("redis", False, "does not let this user and password in", hint)
    except (TimeoutError, OSError, RedisError) as error:
        return CheckResult("redis", False, f"cannot be reached ({type(error).__name__})", hint)
    finally:
        await redis.aclose()
    name = "Valkey" if "valkey_version" in about else "Redis"
    return _memory(f"{name} {about.get('valkey_version', about['redis_version'])}", about)


def _memory(found: str, about: Mapping[str, object]) -> CheckResult:
    """Whether it may drop facts, and how full it is."""
    limit, used = int(str(about.get("maxmemory", 0))), int(str(about.get("used_memory", 0)))
    if not limit:
        hint = "It has no maxmemory: set one, with maxmemory-policy noeviction."
        return CheckResult("redis", True, found, hint)
    found = f"{found}, {used // 1_000_000} of {limit // 1_000_000} MB used"
    if about.get("maxmemory_policy") != "noeviction":
        return CheckResult(
            "redis", False, f"{found}; it may drop facts", "Set maxmemory-policy noeviction."
        )
    if used >= NEARLY_FULL_RATIO * limit:
        return CheckResult("redis", False, found, nearly_full(used / limit))
    return CheckResult("redis", True, found)


async def check_livekit(settings: CliSettings, running: str | None) -> CheckResult:
    """Live meetings are optional: without any server all else works. Keys are not tried."""
    if (url := settings.livekit_url or running) is None:
        program = find_livekit()
        found = f"{program}; starts with `parley up --livekit`" if program else "none, optional"
        return CheckResult(
            "livekit", True, found, "" if program else "For live meetings: make livekit"
        )
    if settings.livekit_url and not (settings.livekit_api_key and settings.livekit_api_secret):
        hint = "Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET."
        return CheckResult("livekit", False, f"{url}, without its key", hint)
    try:
        async with httpx.AsyncClient(timeout=ANSWER_TIMEOUT_S) as client:
            answered = await client.get(url.replace("ws", "http", 1))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        found = f"{url} cannot be reached ({type(error).__name__})"
        return CheckResult("livekit", False, found, "Check LIVEKIT_URL.")
    hint = "" if answered.is_success else "Check LIVEKIT_URL."
    return CheckResult("livekit", answered.is_success, f"{url}: {answered.status_code}", hint)
