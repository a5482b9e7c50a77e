"""A row never belongs to something of another tenant, whatever a service's code does."""

from collections.abc import AsyncGenerator

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - asyncpg ships no types
import pytest

from cli.provisioning.database import provision_database
from cli.provisioning.migrations import make_record, migrate, read_migrations
from cli.provisioning.roles import make_roles
from cli.provisioning.services import SERVICES
from contracts.ids import TenantId
from runtime.database import Connection, Database, connect
from runtime.ids import new_id
from support.servers import SECRET, private_postgres

GATEWAY = next(unit for unit in SERVICES if unit.name == "gateway")
BEFORE = "0005_retention.sql"
"""The last migration before references named their tenants."""

# Foreign keys between two tables that both have a tenant, which leave it out on either side.
WITHOUT_TENANT = """
SELECT c.conrelid::regclass::text || '.' || c.conname
FROM pg_constraint c
JOIN pg_attribute own ON own.attrelid = c.conrelid AND own.attname = 'tenant_id'
JOIN pg_attribute other ON other.attrelid = c.confrelid AND other.attname = 'tenant_id'
WHERE c.contype = 'f' AND NOT EXISTS (
    SELECT FROM unnest(c.conkey, c.confkey) AS pair (mine, theirs)
    WHERE pair.mine = own.attnum AND pair.theirs = other.attnum
)
ORDER BY 1
"""


@pytest.fixture
async def admin(database_url: str) -> AsyncGenerator[Connection]:
    """A superuser, where every service has its tables."""
    await provision_database(database_url, SECRET)
    connection = await connect(database_url, timeout=5)
    yield connection
    await connection.close()


async def without_tenant(admin: Connection) -> list[str]:
    return [row[0] for row in await admin.fetch(WITHOUT_TENANT)]


async def test_every_reference_names_the_tenant(admin: Connection) -> None:
    references = await admin.fetchval(
        "SELECT count(*) FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace "
        "WHERE c.contype = 'f' AND n.nspname = ANY($1)",
        [unit.module for unit in SERVICES],
    )
    assert references > 5
    assert await without_tenant(admin) == []


async def test_a_reference_without_its_tenant_would_be_found(admin: Connection) -> None:
    await admin.execute("""
        CREATE SCHEMA probe_references;
        CREATE TABLE probe_references.whole (id int PRIMARY KEY, tenant_id text);
        CREATE TABLE probe_references.part (
            id int REFERENCES probe_references.whole, tenant_id text
        );
    """)
    try:
        assert await without_tenant(admin) == ["probe_references.part.part_id_fkey"]
    finally:
        await admin.execute("DROP SCHEMA probe_references CASCADE")


async def test_feedback_on_another_tenants_session_is_refused_by_the_database(
    admin: Connection, service_urls: dict[str, str]
) -> None:
    mine, theirs = TenantId(f"m-{new_id().hex}"), TenantId(f"t-{new_id().hex}")
    session_id = new_id()
    await admin.execute(
        "INSERT INTO gateway.tenants (tenant_id, name) VALUES ($1, 'm'), ($2, 't')", mine, theirs
    )
    await admin.execute(
        "INSERT INTO gateway.sessions (session_id, tenant_id, title, opened_at) "
        "VALUES ($1, $2, 'theirs', now())",
        session_id,
        theirs,
    )
    async with Database(service_urls["gateway"], application="test") as database:
        for tenant_id, is_refused in ((mine, True), (theirs, False)):
            try:
                async with database.tenant(tenant_id) as connection:
                    await connection.execute(
                        "INSERT INTO feedback VALUES ($1, $2, $3, 'good', '', now())",
                        new_id(),
                        tenant_id,
                        session_id,
                    )
            except asyncpg.ForeignKeyViolationError:
                assert is_refused
            else:
                assert not is_refused


async def test_references_get_their_tenant_where_there_are_rows_already() -> None:
    with private_postgres() as url:
        admin = await connect(url, timeout=5)
        await make_record(admin)
        for unit in SERVICES:
            if unit.migrations is not None:
                await make_roles(admin, unit)
        assert GATEWAY.migrations is not None
        older = [one for one in read_migrations(GATEWAY.migrations) if one.name <= BEFORE]
        await migrate(admin, GATEWAY, older)
        session_id, event_id = new_id(), new_id()
        await admin.execute("INSERT INTO gateway.tenants (tenant_id, name) VALUES ('t', 't')")
        for statement, *values in (
            ("sessions VALUES ($1, 't', 'a session', now())", session_id),
            ("open_sessions VALUES ($1, 't', now())", session_id),
            ("feedback VALUES ($2, 't', $1, 'good', '', now())", session_id, event_id),
            ("rooms VALUES ('t', 'a-room', $1, 2, now())", session_id),
            (
                "recordings VALUES ($1, 't', $2, 'f', 'n', 1, 's', 'max', 'all')",
                session_id,
                event_id,
            ),
            ("statements VALUES ($1, 't', '{}')", event_id),
            ("unstated VALUES ($1, 't')", event_id),
        ):
            await admin.execute(f"INSERT INTO gateway.{statement}", *values)
        done = await provision_database(url, SECRET)
        assert any(name > f"gateway/{BEFORE}" for name in done.applied)
        assert await without_tenant(admin) == []
        assert await admin.fetchval("SELECT count(*) FROM gateway.feedback") == 1
        await admin.close()
