"""A private Valkey and PostgreSQL for a test run (one pair per xdist worker), on free ports.

Fixtures are declared in tests/conftest.py; tests only name them.
"""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cli.embedded.directory import prepare_data_dir
from cli.embedded.postgres import start_postgres
from cli.embedded.valkey import start_valkey
from cli.provisioning.database import provision_database
from cli.provisioning.redis_users import provision_users, service_redis_url
from cli.provisioning.secret import service_url
from cli.provisioning.services import SERVICES, ServiceUnit
from runtime.redis_client import connect_redis

# The secret that tests derive the services' passwords from.
SECRET = b"test"


async def provisioned(admin_url: str) -> dict[str, str]:
    """Every service's tables, by their own migrations; the login address of each, by module."""
    await provision_database(admin_url, SECRET)
    return {unit.module: service_url(admin_url, unit.module, SECRET) for unit in SERVICES}


def as_service(admin_url: str, service: str) -> str:
    """Address of a provisioned Valkey with the service's own user (`redis_users_made`)."""
    return service_redis_url(admin_url, ServiceUnit(service), SECRET)


async def redis_users_made(admin_url: str) -> str:
    """The address again, when every service has its user there."""
    async with connect_redis(admin_url, max_connections=1) as redis:
        made = await provision_users(redis, SECRET)
    assert made.refused is None
    return admin_url


@contextmanager
def private_data_dir() -> Generator[Path]:
    """A prepared data directory of its own, removed in the end.

    Not pytest's tmp_path: that lies below a closed directory, and under root the servers are
    `nobody`.
    """
    path = Path(tempfile.mkdtemp(prefix="parley-test-"))
    try:
        yield prepare_data_dir(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def private_valkey() -> Generator[str]:
    """Address of a Valkey that nobody else uses."""
    with private_data_dir() as data_dir:
        server = start_valkey(data_dir, durable=False)
        try:
            yield server.url
        finally:
            server.stop()


@contextmanager
def private_postgres() -> Generator[str]:
    """Superuser's address of a PostgreSQL that nobody else uses."""
    with private_data_dir() as data_dir:
        server = start_postgres(data_dir, durable=False)
        try:
            yield server.url
        finally:
            server.stop()
