"""A fixture: all hosted providers on loopback, in the test's own loop.

A test file takes it with `from support.providers import providers as providers`, and points its
clients at `providers.url` or its services at `providers.environment`.
"""

from collections.abc import AsyncIterator

import pytest

from cli.fakes.providers import FakeProviders, fake_providers


@pytest.fixture
async def providers() -> AsyncIterator[FakeProviders]:
    async with fake_providers() as fake:
        yield fake
