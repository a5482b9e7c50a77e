"""PostgreSQL from empty to ready for every service."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types

from cli.command_line.errors import missing
from cli.provisioning.migrations import make_record, migrate, read_migrations
from cli.provisioning.roles import make_password, make_roles
from cli.provisioning.services import SERVICES, ServiceUnit
from runtime.database import Connection, connect

# Any constant will do, as long as it stays: two provisions take turns on it.
ADVISORY_LOCK = 7_081_943_236_501
LOCK_WITHIN = "60s"
CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 600  # an index over a large table


@dataclass(frozen=True)
class ProvisionedDatabase:
    """What a run changed; a second run changes nothing.

    Attributes:
        applied: `service/0001_what.sql`, in order.
        made: names of services whose roles, schema or password were made or renewed.
    """

    applied: tuple[str, ...]
    made: tuple[str, ...]


@asynccontextmanager
async def admin_connection(admin_url: str) -> AsyncGenerator[Connection]:
    """A connection of the admin's.

    Raises:
        CliError: exit 4; PostgreSQL is not there, or refuses.
    """
    try:
        connection = await connect(
            admin_url, timeout=CONNECT_TIMEOUT_S, command_timeout=STATEMENT_TIMEOUT_S
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        raise missing(
            "postgres_unreachable",
            f"PostgreSQL cannot be reached ({error or type(error).__name__}).",
            "Check DATABASE_URL, or unset it to use the embedded server.",
        ) from error
    try:
        yield connection
    finally:
        await connection.close()


async def provision_database(
    admin_url: str, secret: bytes, units: Sequence[ServiceUnit] = SERVICES
) -> ProvisionedDatabase:
    """Extension, roles, schemas, migrations, passwords, for every service that has tables.

    Raises:
        CliError: PostgreSQL is not there, or does not let this admin do it.
    """
    try:
        return await _provision(admin_url, secret, units)
    except asyncpg.PostgresError as error:
        raise missing(
            "provision_refused",
            f"PostgreSQL refused: {error}.",
            "DATABASE_URL must name an admin who may make roles and schemas.",
        ) from error


async def _provision(
    admin_url: str, secret: bytes, units: Sequence[ServiceUnit]
) -> ProvisionedDatabase:
    applied: list[str] = []
    made: list[str] = []
    folders = [(unit, folder) for unit in units if (folder := unit.migrations) is not None]
    async with admin_connection(admin_url) as admin, _one_at_a_time(admin):
        await _make_extension(admin)
        await make_record(admin)
        # All roles before any migration: one service may grant another a view.
        changed = {unit.name for unit, _ in folders if await make_roles(admin, unit)}
        for unit, folder in folders:
            names = await migrate(admin, unit, read_migrations(folder))
            applied += [f"{unit.name}/{name}" for name in names]
        for unit, _ in folders:
            if await make_password(admin, admin_url, unit, secret) or unit.name in changed:
                made.append(unit.name)
    return ProvisionedDatabase(tuple(applied), tuple(made))


@asynccontextmanager
async def _one_at_a_time(admin: Connection) -> AsyncGenerator[None]:
    await admin.execute(f"SET lock_timeout = '{LOCK_WITHIN}'")
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
    except asyncpg.LockNotAvailableError as error:
        raise missing(
            "provision_busy", "Another `parley provision` is at work.", "Try again later."
        ) from error
    yield  # the lock ends with the connection


async def _make_extension(admin: Connection) -> None:
    if await admin.fetchval("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector')"):
        return
    try:
        await admin.execute("CREATE EXTENSION vector SCHEMA public")
    except asyncpg.PostgresError as error:
        raise missing(
            "no_pgvector",
            f"The pgvector extension cannot be made in this PostgreSQL: {error}.",
            "Install pgvector there and let DATABASE_URL name a superuser, or make it yourself.",
        ) from error
