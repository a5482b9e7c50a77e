"""A Redis user for each service, which may do what that service declares and nothing else."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from cli.provisioning.secret import derived
from cli.provisioning.services import SERVICES, ServiceUnit
from runtime.redis_access import Grant, acl_rules
from runtime.redis_client import RedisDeniedError, redis_or_unavailable


@dataclass(frozen=True)
class ProvisionedUsers:
    """What a run did.

    Attributes:
        made: names of services whose user was made or changed; a second run changes nothing.
        refused: why that Redis makes or keeps no users; None when all six are as they should be.
    """

    made: tuple[str, ...] = ()
    refused: str | None = None


def grants_of(unit: ServiceUnit) -> Sequence[Grant]:
    """What the service declares."""
    declared: Any = import_module(f"{unit.module}.redis_access")
    return cast("Sequence[Grant]", declared.REDIS_ACCESS)


def service_redis_url(admin_url: str, unit: ServiceUnit, secret: bytes) -> str:
    """The operator's address with the service's user in place of the operator."""
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    credentials = f"{quote(unit.name)}:{_password(unit, secret)}"
    return urlunsplit(parts._replace(netloc=f"{credentials}@{place}"))


def acl_line(unit: ServiceUnit, secret: bytes) -> str:
    """The user as a line of an ACL file, with the SHA-256 of the password."""
    return f"user {unit.name} {' '.join(_rules(unit, secret))}"


async def provision_users(redis: Redis, secret: bytes) -> ProvisionedUsers:
    """Make the six users, or put them right, as an operator who may.

    Connections that are open stay open, under the new rules.

    Raises:
        UnavailableError: Redis does not answer.
    """
    # redis-py types replies for both of its protocols at once, and makes no selectors.
    run = cast("Any", redis).execute_command
    try:
        with redis_or_unavailable():
            await run("ACL", "SAVE")  # first: users that a restart forgets are worse than none
            before = set(await run("ACL", "LIST"))
            for unit in SERVICES:
                await run("ACL", "SETUSER", unit.name, *_rules(unit, secret))
            changed = set(await run("ACL", "LIST")) - before
            if changed:
                await run("ACL", "SAVE")
    except (RedisDeniedError, ResponseError) as error:
        return ProvisionedUsers(refused=str(error))
    names = {line.split()[1].decode() for line in changed}
    return ProvisionedUsers(tuple(unit.name for unit in SERVICES if unit.name in names))


def _rules(unit: ServiceUnit, secret: bytes) -> list[str]:
    digest = hashlib.sha256(_password(unit, secret).encode()).hexdigest()
    return ["reset", "on", f"#{digest}", *acl_rules(grants_of(unit))]


def _password(unit: ServiceUnit, secret: bytes) -> str:
    return derived(secret, f"redis-{unit.name}")
