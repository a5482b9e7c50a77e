"""An Ollama on this machine is found and offered; that there is none is no fault."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from cli.checks.ollama import check_ollama

QWEN = {"name": "qwen3:8b", "details": {"family": "qwen3"}}
EMBEDDER = {"name": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}}


@contextmanager
def answering(body: Any) -> Generator[str]:
    """Something that answers each request with this JSON."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body if self.path == "/api/tags" else None).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_what_to_set_is_said_with_a_model_that_answers() -> None:
    with answering({"models": [EMBEDDER, QWEN]}) as url:
        found = check_ollama(is_used=False, url=url)
    assert found.ok
    assert "qwen3:8b" in found.found
    assert f"OPENAI_COMPATIBLE_BASE_URL={url}/v1" in found.hint
    assert '"openai-compatible:qwen3:8b"' in found.hint
    assert "nomic" not in found.found + found.hint


def test_nothing_is_offered_that_is_used_already() -> None:
    with answering({"models": [QWEN]}) as url:
        assert check_ollama(is_used=True, url=url).hint == ""


def test_an_ollama_without_a_model_that_answers_says_how_to_get_one() -> None:
    with answering({"models": [EMBEDDER]}) as url:
        found = check_ollama(is_used=False, url=url)
    assert found.ok
    assert "ollama pull" in found.hint


@pytest.mark.parametrize("body", [None, [], {"models": 1}, {"models": [1]}, {"other": []}])
def test_something_else_at_its_address_is_no_ollama(body: Any) -> None:
    with answering(body) as url:
        assert "none" in check_ollama(is_used=False, url=url).found


def test_where_nobody_listens_there_is_none_and_that_is_well() -> None:
    found = check_ollama(is_used=False, url="http://127.0.0.1:1")
    assert (found.ok, found.hint) == (True, "")
