import json
import signal
import subprocess
import sys
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from cli.demo.rehearsal import rehearsed_models

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def serving() -> Generator[dict[str, Any]]:
    command = [sys.executable, "-m", "cli", "fake-providers", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        try:
            yield json.loads(child.stdout.readline())
        finally:
            child.send_signal(signal.SIGTERM)
            assert child.wait(10) == 0


def test_the_command_says_where_it_listens_and_how_to_point_clients_there(
    serving: dict[str, Any],
) -> None:
    assert serving["environment"]["OPENAI_BASE_URL"] == f"{serving['url']}/v1"
    assert serving["environment"]["VOYAGE_API_KEY"]
    assert httpx.get(f"{serving['url']}/_fake/journal").json() == []


def test_a_rehearsal_points_the_models_at_loopback_and_leaves_the_rest_local() -> None:
    with rehearsed_models() as variables:
        url = variables["ANTHROPIC_BASE_URL"]
        assert httpx.get(f"{url}/_fake/journal").status_code == 200
    assert url.startswith("http://127.0.0.1:")
    assert variables["RAG_EMBEDDING"] == "local"
    assert not {"DEEPGRAM_API_KEY", "ELEVEN_API_KEY", "VOYAGE_API_KEY"} & set(variables)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
