"""Has each service its own user in Redis, with every right that it needs?"""

import asyncio
from pathlib import Path

from cli.checks import CheckResult
from cli.checks.servers import ANSWER_TIMEOUT_S, EMBEDDED
from cli.command_line.settings import CliSettings
from cli.provisioning.redis_users import grants_of, service_redis_url
from cli.provisioning.services import SERVICES, ServiceUnit
from contracts.errors import UnavailableError
from runtime.redis_access import check_access
from runtime.redis_client import RedisDeniedError, RedisLoginError, connect_redis

SHARED = "Where they share REDIS_URL's user, see docs/guides/redis-users.md."


async def check_redis_users(
    settings: CliSettings, running: str | None, data_dir: Path
) -> CheckResult:
    """Asked as each service itself, by the password that provision gives it."""
    if (url := settings.redis_url or running) is None:
        return CheckResult("redis-users", True, EMBEDDED)
    if (secret := _secret(settings, data_dir)) is None:
        return CheckResult("redis-users", True, "not made yet", "`parley provision` makes them.")
    urls = [(unit, service_redis_url(url, unit, secret)) for unit in SERVICES]
    try:
        found = await asyncio.gather(*(_refusal(unit, url) for unit, url in urls))
    except (TimeoutError, UnavailableError, ValueError):
        return CheckResult("redis-users", False, "cannot be asked", "Check REDIS_URL.")
    lacking = [error for error in found if error and not isinstance(error, RedisLoginError)]
    if lacking:
        said = "; ".join(map(str, lacking))
        return CheckResult("redis-users", False, said, "`parley provision` mends it.")
    absent = [unit.name for unit, error in zip(SERVICES, found, strict=True) if error]
    if absent:
        said = f"not there, or with passwords of your own: {', '.join(absent)}"
        return CheckResult("redis-users", True, said, SHARED)
    return CheckResult("redis-users", True, "one for each service, with every right it needs")


def _secret(settings: CliSettings, data_dir: Path) -> bytes | None:
    """None where nothing was provisioned from: this command makes no secret."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    kept = data_dir / "secret"
    return kept.read_text().encode() if kept.exists() else None


async def _refusal(unit: ServiceUnit, url: str) -> RedisDeniedError | None:
    try:
        async with (
            asyncio.timeout(ANSWER_TIMEOUT_S),
            connect_redis(url, max_connections=1) as redis,
        ):
            await check_access(redis, url, grants_of(unit))
    except RedisDeniedError as error:
        return error
    return None
