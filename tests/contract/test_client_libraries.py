"""The benchmark's bare request is the client library's own, for each of them."""

import pytest

from cli.bench.turn_parts.client_libraries import library_calls
from cli.fakes.providers import fake_providers
from support.router.hosted import MODELS

# The four client libraries take seconds to import.
pytestmark = pytest.mark.timeout(90)


async def test_each_library_and_the_bare_post_ask_the_same_of_the_same_provider() -> None:
    models = [f"{provider}:{name}" for provider, name in MODELS.items()]
    async with fake_providers() as fake:
        found = await library_calls(fake.url, models, count=2)
    for model, one in found.items():
        assert len(one.by_library) == len(one.bare) == 2
        provider = model.partition(":")[0]
        calls = fake.of(provider)
        by_library, bare = calls[-2], calls[-1]
        assert (by_library.path, by_library.body) == (bare.path, bare.body)
        assert {call.ended for call in calls} == {"done"}
        assert by_library.told == bare.told
    assert list(found) == models
