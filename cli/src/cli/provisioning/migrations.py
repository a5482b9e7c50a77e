"""Numbered SQL files, each applied once, in its own transaction, as the owner of the schema."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types

from cli.command_line.errors import missing
from cli.provisioning.secret import owner_role
from cli.provisioning.services import ServiceUnit
from runtime.database import Connection

NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")

RECORD = """
CREATE SCHEMA IF NOT EXISTS parley;
CREATE TABLE IF NOT EXISTS parley.migrations (
    service text NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, name)
);
"""


@dataclass(frozen=True)
class Migration:
    """One file; its name gives its place in the order."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_migrations(folder: Path) -> list[Migration]:
    """The files in order.

    Raises:
        CliError: a name that is no `0001_what.sql`, or a number twice.
    """
    files = sorted(folder.glob("*.sql"))
    numbers = [match[1] if (match := NAME.match(file.name)) else "" for file in files]
    if "" in numbers or len(set(numbers)) < len(numbers):
        raise missing(
            "bad_migrations",
            f"{folder} must hold files named 0001_what.sql, each number once.",
            "Rename the file.",
        )
    return [Migration(file.name, file.read_text()) for file in files]


async def make_record(admin: Connection) -> None:
    """The table of what was applied; no service may read it."""
    if not await admin.fetchval("SELECT to_regclass('parley.migrations') IS NOT NULL"):
        await admin.execute(RECORD)


async def migrate(admin: Connection, unit: ServiceUnit, migrations: list[Migration]) -> list[str]:
    """Apply what is new; returns its names.

    Raises:
        CliError: an applied file was edited or is gone, or one fails (and leaves no trace).
    """
    rows = await admin.fetch(
        "SELECT name, sha256 FROM parley.migrations WHERE service = $1", unit.name
    )
    applied = {row["name"]: row["sha256"] for row in rows}
    _check_unchanged(unit, migrations, applied)
    new = [migration for migration in migrations if migration.name not in applied]
    for migration in new:
        await _apply(admin, unit, migration)
    return [migration.name for migration in new]


def _check_unchanged(
    unit: ServiceUnit, migrations: list[Migration], applied: dict[str, str]
) -> None:
    found = {migration.name: migration.sha256 for migration in migrations}
    for name, sha256 in sorted(applied.items()):
        if name not in found:
            raise missing(
                "migration_gone",
                f"The database has {unit.name}'s migration {name}, this version does not.",
                "The database is newer: use the newer version of Parley.",
            )
        if found[name] != sha256:
            raise missing(
                "migration_edited",
                f"{unit.name}'s migration {name} was edited after it was applied.",
                "Restore the file and write the change as a new migration.",
            )


async def _apply(admin: Connection, unit: ServiceUnit, migration: Migration) -> None:
    try:
        async with admin.transaction():
            await admin.execute(f"SET LOCAL ROLE {owner_role(unit.module)}")
            await admin.execute(f"SET LOCAL search_path = {unit.module}, public")
            await admin.execute(migration.text)
            await admin.execute("RESET ROLE")
            await admin.execute(
                "INSERT INTO parley.migrations (service, name, sha256) VALUES ($1, $2, $3)",
                unit.name,
                migration.name,
                migration.sha256,
            )
    except asyncpg.PostgresError as error:
        raise missing(
            "migration_failed",
            f"{unit.name}'s migration {migration.name} failed: {error}.",
            "Nothing of it was kept; mend it and run `parley provision` again.",
        ) from error
