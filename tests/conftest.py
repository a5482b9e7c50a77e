"""Fixtures for the whole tree; what they use lies in tests/support."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings
from redis.asyncio import Redis

from support.servers import private_postgres, private_valkey, provisioned, redis_users_made

TESTS = Path(__file__).parent
# pytest-timeout, seconds, by folder below tests/ (tests/unit keeps the default of 10).
TIMEOUT_S = {"integration": 60, "live": 300, "e2e": 600}
# Real time on a shared machine: sound, video and models at once. What fails here is tried once
# more, and the summary says so; what fails twice is a failure.
TRIED_TWICE = ("live", "browser")
LINES_OF_A_FIRST_TRY = 40
# A law is a hundred examples, and the first that needs text builds hypothesis' table of Unicode.
LAW_TIMEOUT_S = 60

# An example's time says how busy the machine is; the limits above are what ends a test that hangs.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")


def pytest_configure() -> None:
    """No key of a developer's is used; what is imported next is not garbage to look through."""
    os.environ["PARLEY_ENV_FILE"] = os.devnull  # noqa: TID251 - for `parley` as a child
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on, without what was imported."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests get their folder's mark, its time limit, and a second try where it has one."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in TIMEOUT_S:
            item.add_marker(folder)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_S[folder]))
        if folder in TRIED_TWICE:
            item.add_marker(pytest.mark.flaky(reruns=1))
        is_law = isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)
        if is_law and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LAW_TIMEOUT_S))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a test that passed had to be tried again."""
    tried: list[pytest.TestReport] = terminalreporter.getreports("rerun")
    if tried:
        terminalreporter.section("first tries that failed")
    for report in tried:
        terminalreporter.write_line(f"{report.nodeid} ({report.when})")
        for line in report.longreprtext.splitlines()[-LINES_OF_A_FIRST_TRY:]:
            terminalreporter.write_line(f"  {line}")


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """Operator's address of this run's own Valkey; `support.servers.as_service` gives others'."""
    with private_valkey() as url:
        yield asyncio.run(redis_users_made(url))


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    """A client of this run's Valkey, which is empty when the test begins; replies are bytes."""
    client = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
        valkey_url, socket_timeout=10, socket_connect_timeout=5
    )
    await client.flushall()  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """Superuser's address of this run's own PostgreSQL, with pgvector available."""
    with private_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def service_urls(database_url: str) -> dict[str, str]:
    """Login address of each service by module name (`service_urls["rag"]`), tables in place.

    The rows stay for the whole run: give each test a tenant of its own.
    """
    return asyncio.run(provisioned(database_url))
