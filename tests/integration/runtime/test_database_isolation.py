"""A service's connection sees one tenant at a time, or the service does not run."""

from collections.abc import AsyncGenerator
from urllib.parse import urlsplit, urlunsplit

import pytest

from contracts.errors import UnavailableError
from contracts.ids import TenantId
from runtime.database import Connection, Database, IsolationError, connect

ACME, RIVAL = TenantId("acme"), TenantId("rival")

TABLE = """
CREATE TABLE probe.notes (tenant_id text NOT NULL, text text NOT NULL);
ALTER TABLE probe.notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE probe.notes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON probe.notes
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));
GRANT SELECT, INSERT, UPDATE, DELETE ON probe.notes TO probe;
"""


@pytest.fixture
async def admin(database_url: str) -> AsyncGenerator[Connection]:
    """A superuser, with a schema `probe`, its owner, its login, and a table as it should be."""
    connection = await connect(database_url, timeout=5)
    await connection.execute("""
        CREATE ROLE probe_owner NOLOGIN;
        CREATE ROLE probe LOGIN PASSWORD 'probe';
        CREATE SCHEMA probe AUTHORIZATION probe_owner;
        GRANT USAGE ON SCHEMA probe TO probe;
        ALTER ROLE probe SET search_path = probe;
        SET ROLE probe_owner;
    """)
    await connection.execute(TABLE)
    yield connection
    await connection.execute("""
        RESET ROLE;
        DROP SCHEMA probe CASCADE;
        DROP ROLE probe;
        DROP ROLE probe_owner;
    """)
    await connection.close()


@pytest.fixture
def probe_url(
    admin: Connection,  # noqa: ARG001 - it makes the role that logs in here
    database_url: str,
) -> str:
    parts = urlsplit(database_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"probe:probe@{place}"))


@pytest.fixture
async def database(probe_url: str) -> AsyncGenerator[Database]:
    async with Database(probe_url, application="test") as opened:
        yield opened


async def note(database: Database, tenant: TenantId, text: str) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute("INSERT INTO notes VALUES ($1, $2)", tenant, text)


async def texts(database: Database, tenant: TenantId) -> list[str]:
    async with database.tenant(tenant) as connection:
        return [row["text"] for row in await connection.fetch("SELECT text FROM notes")]


async def test_a_second_tenant_sees_and_changes_nothing(database: Database) -> None:
    await note(database, ACME, "ours")
    assert await texts(database, RIVAL) == []
    async with database.tenant(RIVAL) as connection:
        assert await connection.execute("UPDATE notes SET text = 'theirs'") == "UPDATE 0"
        assert await connection.execute("DELETE FROM notes") == "DELETE 0"
    assert await texts(database, ACME) == ["ours"]


async def test_a_row_of_another_tenant_cannot_be_written(database: Database) -> None:
    with pytest.raises(Exception, match="row-level security policy"):
        async with database.tenant(RIVAL) as connection:
            await connection.execute("INSERT INTO notes VALUES ($1, 'forged')", ACME)
    assert await texts(database, ACME) == []


async def test_the_tenant_does_not_stay_on_the_connection(probe_url: str) -> None:
    async with Database(probe_url, application="test", max_connections=1) as database:
        await note(database, ACME, "ours")
        assert await texts(database, ACME) == ["ours"]
        async with database.key("0" * 64) as connection:  # the same one, bound to no tenant
            assert await connection.fetch("SELECT * FROM notes") == []
            assert await connection.fetchval("SELECT current_setting('app.tenant_id')") == ""


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async def half_way() -> None:
        async with database.tenant(ACME) as connection:
            await connection.execute("INSERT INTO notes VALUES ($1, 'half')", ACME)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half_way()
    assert await texts(database, ACME) == []


async def test_a_sweep_sees_only_what_a_policy_opens_to_it(
    admin: Connection, database: Database
) -> None:
    await note(database, ACME, "ours")
    async with database.sweep() as connection:
        assert await connection.fetch("SELECT * FROM notes") == []
    await admin.execute(
        "CREATE POLICY sweep ON probe.notes FOR SELECT "
        "USING (NULLIF(current_setting('app.sweep', true), '') = 'on')"
    )
    async with database.sweep() as connection:
        assert len(await connection.fetch("SELECT * FROM notes")) == 1


async def open_and_close(url: str) -> None:
    async with Database(url, application="test"):
        pass


async def test_a_superuser_is_refused(database_url: str) -> None:
    with pytest.raises(IsolationError, match="may act as postgres"):
        await open_and_close(database_url)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("RESET ROLE; ALTER ROLE probe BYPASSRLS", "may act as probe"),
        ("RESET ROLE; GRANT probe_owner TO probe", "the role owns probe.notes"),
        ("ALTER TABLE probe.notes NO FORCE ROW LEVEL SECURITY", "notes is not enabled and forced"),
        ("ALTER TABLE probe.notes DISABLE ROW LEVEL SECURITY", "notes is not enabled and forced"),
        ("DROP POLICY tenant ON probe.notes", "probe.notes has no policy"),
        (
            "CREATE POLICY open ON probe.notes FOR SELECT USING (true)",
            "a policy of probe.notes asks for no tenant",
        ),
        (
            "CREATE POLICY open ON probe.notes FOR SELECT "
            "USING (current_setting('app.tenant_id', true) IS NOT NULL OR true)",
            "rows of probe.notes are seen without a tenant",
        ),
        ("GRANT TRUNCATE ON probe.notes TO probe", "may truncate probe.notes"),
        (
            "CREATE MATERIALIZED VIEW probe.copy AS SELECT * FROM probe.notes; "
            "GRANT SELECT ON probe.copy TO probe",
            "probe.copy carries no policies",
        ),
        (
            "RESET ROLE; CREATE VIEW probe.peek AS SELECT * FROM probe.notes; "
            "GRANT SELECT ON probe.peek TO probe",
            "view probe.peek reads as a superuser",
        ),
        (
            "CREATE TABLE probe.more (tenant_id text); GRANT SELECT ON probe.more TO probe",
            "probe.more is not enabled and forced",
        ),
    ],
)
async def test_what_would_let_rows_out_is_named_and_refused(
    admin: Connection, database: Database, probe_url: str, fault: str, named: str
) -> None:
    await note(database, ACME, "ours")
    await admin.execute(fault)
    with pytest.raises(IsolationError, match=named):
        await open_and_close(probe_url)


async def test_a_shared_table_says_so_and_holds_no_tenant(
    admin: Connection, probe_url: str
) -> None:
    await admin.execute("CREATE TABLE probe.prices (usd numeric)")
    await admin.execute("GRANT SELECT ON probe.prices TO probe")
    with pytest.raises(IsolationError, match="prices is not enabled and forced"):
        await open_and_close(probe_url)
    await admin.execute("COMMENT ON TABLE probe.prices IS 'shared: public list prices'")
    await open_and_close(probe_url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://probe:wrong@127.0.0.1:1/postgres?sslmode=disable",
        "postgresql://probe:wrong@{place}/postgres?sslmode=disable",
        "postgresql://probe:probe@{place}/nowhere?sslmode=disable",
    ],
    ids=["nobody there", "wrong password", "no such database"],
)
async def test_a_database_that_cannot_be_used_is_unavailable(probe_url: str, url: str) -> None:
    place = urlsplit(probe_url).netloc.rpartition("@")[2]
    with pytest.raises(UnavailableError, match="PostgreSQL"):
        await open_and_close(url.format(place=place))


async def test_a_connection_cut_in_the_middle_is_unavailable_and_the_next_one_works(
    admin: Connection, database: Database
) -> None:
    async def cut_off() -> None:
        async with database.tenant(ACME) as connection:
            process = await connection.fetchval("SELECT pg_backend_pid()")
            await admin.execute("RESET ROLE")
            await admin.execute("SELECT pg_terminate_backend($1)", process)
            await connection.execute("INSERT INTO notes VALUES ($1, 'lost')", ACME)

    with pytest.raises(UnavailableError):
        await cut_off()
    assert await texts(database, ACME) == []


async def test_a_statement_that_takes_too_long_is_unavailable(probe_url: str) -> None:
    async with Database(probe_url, application="test", command_timeout_s=0.1) as database:
        with pytest.raises(UnavailableError):
            async with database.tenant(ACME) as connection:
                await connection.execute("SELECT pg_sleep(30)")


async def test_when_every_connection_is_taken_the_wait_has_an_end(probe_url: str) -> None:
    async with Database(
        probe_url, application="test", max_connections=1, acquire_timeout_s=0.1
    ) as database:
        async with database.tenant(ACME):
            with pytest.raises(UnavailableError):
                await texts(database, ACME)
        assert await texts(database, ACME) == []
