"""Provisioning makes everything once, and refuses to guess when its files were changed."""

import hashlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from redis.asyncio import Redis

from cli.command_line.errors import CliError, Exit
from cli.embedded.servers import Addresses
from cli.provisioning.cluster import provision_cluster
from cli.provisioning.database import provision_database
from cli.provisioning.migrations import Migration, make_record, migrate, read_migrations
from cli.provisioning.roles import make_roles
from cli.provisioning.secret import service_url
from cli.provisioning.services import SERVICES, ServiceUnit
from cli.provisioning.tenants import provision_tenant
from contracts.budgets import Budget, BudgetChanged
from contracts.ids import TenantId
from contracts.streams import CATALOGUE, stream_key
from metering.adapters.postgres_budgets import PostgresBudgets
from runtime.database import Connection, Database, connect
from runtime.ids import new_id
from spending import Accounts
from support.servers import SECRET, private_data_dir, private_postgres, private_valkey

AT = datetime(2026, 11, 1, tzinfo=UTC)
PROBE = ServiceUnit("probe-service")
FIRST = Migration("0001_first.sql", "CREATE TABLE one (n int);")
SECOND = Migration("0002_second.sql", "CREATE TABLE two (n int);")


@pytest.fixture
async def admin(database_url: str) -> AsyncGenerator[Connection]:
    """A superuser, with the roles and schema of a service that has none yet."""
    connection = await connect(database_url, timeout=5)
    await make_record(connection)
    await make_roles(connection, PROBE)
    yield connection
    await connection.execute("""
        DROP SCHEMA probe_service CASCADE;
        DROP OWNED BY parley_probe_service_owner;
        DROP ROLE parley_probe_service;
        DROP ROLE parley_probe_service_owner;
        DELETE FROM parley.migrations WHERE service = 'probe-service';
    """)
    await connection.close()


async def tables(admin: Connection) -> set[tuple[str, str]]:
    """Name and owner of each table of the service."""
    rows = await admin.fetch(
        "SELECT tablename::text, tableowner::text FROM pg_tables WHERE schemaname = $1",
        PROBE.module,
    )
    return {(row[0], row[1]) for row in rows}


async def test_a_migration_is_applied_once_by_the_owner_of_the_schema(admin: Connection) -> None:
    assert await migrate(admin, PROBE, [FIRST]) == ["0001_first.sql"]
    assert await migrate(admin, PROBE, [FIRST]) == []
    assert await migrate(admin, PROBE, [FIRST, SECOND]) == ["0002_second.sql"]
    owner = "parley_probe_service_owner"
    assert await tables(admin) == {("one", owner), ("two", owner)}


async def test_an_applied_migration_that_was_edited_is_refused(admin: Connection) -> None:
    await migrate(admin, PROBE, [FIRST])
    edited = Migration(FIRST.name, "CREATE TABLE another (n int);")
    with pytest.raises(CliError, match=r"0001_first\.sql was edited") as refused:
        await migrate(admin, PROBE, [edited])
    assert refused.value.exit_code == Exit.MISSING
    assert len(await tables(admin)) == 1


async def test_a_database_newer_than_the_files_is_refused(admin: Connection) -> None:
    await migrate(admin, PROBE, [FIRST, SECOND])
    with pytest.raises(CliError, match=r"0002_second\.sql, this version does not"):
        await migrate(admin, PROBE, [FIRST])


async def test_a_migration_that_fails_leaves_no_trace(admin: Connection) -> None:
    broken = Migration("0001_first.sql", "CREATE TABLE one (n int); SELECT 1 / 0;")
    with pytest.raises(CliError, match=r"0001_first\.sql failed: division by zero"):
        await migrate(admin, PROBE, [broken])
    assert await tables(admin) == set()
    assert await migrate(admin, PROBE, [FIRST]) == ["0001_first.sql"]


@pytest.mark.parametrize("names", [["first.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_files_without_an_order_are_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(CliError, match=r"0001_what\.sql, each number once"):
        read_migrations(tmp_path)


async def test_a_second_run_changes_nothing(
    service_urls: dict[str, str], database_url: str
) -> None:
    assert service_urls
    again = await provision_database(database_url, SECRET)
    assert (again.applied, again.made) == ((), ())


async def test_another_secret_renews_the_passwords(
    service_urls: dict[str, str], database_url: str
) -> None:
    assert service_urls
    assert set((await provision_database(database_url, b"other")).made) == with_tables()
    async with Database(service_url(database_url, "gateway", b"other"), application="test"):
        pass
    assert set((await provision_database(database_url, SECRET)).made) == with_tables()


def with_tables() -> set[str]:
    return {unit.name for unit in SERVICES if unit.migrations is not None}


@pytest.mark.parametrize("module", sorted(u.module for u in SERVICES if u.migrations is not None))
async def test_every_services_tables_keep_tenants_apart(
    service_urls: dict[str, str], module: str
) -> None:
    async with Database(service_urls[module], application="test") as database:
        assert await database.health() == []


async def test_a_whole_cluster_is_made_once_with_a_tenant_and_a_key() -> None:
    with private_data_dir() as data_dir, private_postgres() as pg, private_valkey() as valkey:
        addresses = Addresses(pg, valkey)
        first = await provision_cluster(addresses, data_dir, "demo")
        assert first.changed
        key = (data_dir / "key").read_text().strip()
        assert (data_dir / "key").stat().st_mode & 0o777 == 0o600
        again = await provision_cluster(addresses, data_dir, "demo")
        assert not again.changed
        assert (data_dir / "key").read_text().strip() == key

        redis = Redis.from_url(valkey)  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
        read = [stream for stream in CATALOGUE if stream.readers]
        assert read
        for stream in read:
            groups = await redis.xinfo_groups(stream_key(stream.name, 0))
            assert {row["name"].decode() for row in groups} == {g.service for g in stream.readers}
            assert {row["last-delivered-id"] for row in groups} <= {b"0-0"}
        await redis.aclose()

        url = service_url(pg, "gateway", (data_dir / "secret").read_text().encode())
        async with (
            Database(url, application="test") as database,
            database.key(hashlib.sha256(key.encode()).hexdigest()) as connection,
        ):
            assert await connection.fetchval("SELECT tenant_id FROM api_keys") == "demo"
            assert await connection.fetchval("SELECT count(*) FROM tenants") == 0


@pytest.mark.parametrize("name", ["", "Acme", "a_b", "-a", "x" * 41])
async def test_what_cannot_name_a_tenant_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CliError, match="cannot name a tenant") as refused:
        await provision_tenant("postgresql://nowhere", "redis://nowhere", tmp_path, name)
    assert refused.value.exit_code == Exit.BAD_INPUT


async def test_a_database_that_is_not_there_is_said_in_one_sentence() -> None:
    with pytest.raises(CliError, match="PostgreSQL cannot be reached") as refused:
        await provision_database("postgresql://a:b@127.0.0.1:1/x?sslmode=disable", SECRET)
    assert refused.value.exit_code == Exit.MISSING


async def test_a_tenant_with_a_budget_gets_its_account_from_metering_alone(
    database_url: str, valkey_url: str, redis: Redis, tmp_path: Path
) -> None:
    await provision_database(database_url, SECRET)
    tenant_id = TenantId(f"t-{new_id().hex[-12:]}")
    async with Database(
        service_url(database_url, "metering", SECRET), application="test"
    ) as opened:
        budget = Budget(month_limit_usd=Decimal(1))
        changed = BudgetChanged(version=1, budget=budget, changed_at=AT, changed_by=None)
        await PostgresBudgets(opened).add_budget(tenant_id, changed)
    # Redis comes back empty, and somebody provisions before metering has looked.
    await provision_tenant(database_url, valkey_url, tmp_path, tenant_id)
    assert await Accounts(redis).missing([tenant_id]) == [tenant_id]
    await provision_tenant(database_url, valkey_url, tmp_path, f"{tenant_id}-new")
    assert await Accounts(redis).missing([TenantId(f"{tenant_id}-new")]) == []
