"""A livekit-server for all tests of one file here; a test that kills it starts it again."""

from collections.abc import Iterator

import pytest

from support.livekit_server import PrivateLiveKit, private_livekit


@pytest.fixture(scope="module")
def livekit() -> Iterator[PrivateLiveKit]:
    with private_livekit() as server:
        yield server
