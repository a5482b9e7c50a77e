"""A gateway that answers, and behind it nobody who does anything."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.client.events import IdleTimeout
from cli.client.gateway import Gateway
from cli.cluster.connection import Cluster
from cli.command_line.errors import CliError, Exit
from runtime.ids import new_id


class OnlyComments(BaseHTTPRequestHandler):
    """An event stream with one event, then the comments of one that is alive."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b'id: 1-0\nevent: heard\ndata: {"kind": "heard"}\n\n')
        try:
            while True:
                self.wfile.write(b": still here\n\n")
                time.sleep(0.02)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def only_comments() -> Generator[Gateway]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OnlyComments) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            with Gateway(Cluster(f"http://127.0.0.1:{server.server_port}", "pk_test")) as gateway:
                yield gateway
        finally:
            server.shutdown()
            thread.join()


def test_who_waits_for_what_nobody_does_is_told_so_in_time() -> None:
    idle_timeout = IdleTimeout(3_600)
    with only_comments() as gateway:
        events = gateway.events(new_id(), idle_timeout=idle_timeout)
        assert next(events).name == "heard"
        idle_timeout.timeout_s = 0.3
        idle_timeout.reset()
        with pytest.raises(CliError) as raised:
            next(events)
    assert raised.value.exit_code is Exit.MISSING
    assert raised.value.code == "nothing_happens"
    assert "parley facts" in raised.value.hint


def test_whatever_comes_begins_the_wait_anew() -> None:
    idle_timeout = IdleTimeout(3_600)
    with only_comments() as gateway:
        events = gateway.events(new_id(), idle_timeout=idle_timeout)
        assert next(events).name == "heard"
        idle_timeout.timeout_s = 0.0
        with pytest.raises(CliError, match="Nothing has happened"):
            next(events)
    assert idle_timeout.is_over
    idle_timeout.timeout_s = 0.5
    idle_timeout.reset()
    assert not idle_timeout.is_over
