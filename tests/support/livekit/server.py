"""A private livekit-server for tests, and tokens that it believes."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from livekit import api

from cli.embedded.livekit import API_KEY, find_livekit, start_livekit
from support.servers import private_data_dir

SECRET = "a-secret-for-tests-of-more-than-32-characters"


class PrivateLiveKit:
    """A livekit-server that can be killed, and started again at its address."""

    api_key = API_KEY
    api_secret = SECRET

    def __init__(self, data_dir: Path, webhook_url: str | None = None) -> None:
        self._data_dir, self._webhook_url = data_dir, webhook_url
        self._start(None)

    def _start(self, port: int | None) -> None:
        self._server = start_livekit(
            self._data_dir, api_secret=SECRET, webhook_url=self._webhook_url, port=port
        )
        self.url = self._server.url

    def kill(self) -> None:
        """As if it had crashed: rooms and dispatches are gone, nobody is told."""
        self._server.process.send_signal(signal.SIGKILL)
        self._server.process.wait(10)

    def start_again(self) -> None:
        """At the same address. Only from the main thread: it ends with the thread it is from."""
        self._start(urlsplit(self.url).port)

    def stop(self) -> None:
        self._server.stop()

    def token(
        self, room: str, identity: str, *, name: str = "", agent: bool = False, hours: float = 1
    ) -> str:
        """A person's token, or (`agent`) that of a participant of the kind agent."""
        grants = api.VideoGrants(
            room_join=True, room=room, can_publish=True, can_subscribe=True, agent=agent
        )
        made = api.AccessToken(API_KEY, SECRET).with_identity(identity).with_name(name or identity)
        made = made.with_grants(grants).with_ttl(timedelta(hours=hours))
        return (made.with_kind("agent") if agent else made).to_jwt()

    def api(self) -> api.LiveKitAPI:
        """The server's own API, as an admin: `async with server.api() as lk`."""
        return api.LiveKitAPI(self.url.replace("ws", "http", 1), API_KEY, SECRET)


def require_livekit() -> None:
    """Fails, never skips: without a server these tests say nothing."""
    if find_livekit() is None:
        pytest.fail("There is no livekit-server for the live tests: run `make livekit`.")


@contextmanager
def private_livekit(webhook_url: str | None = None) -> Generator[PrivateLiveKit]:
    """A server that nobody else uses, on free ports, this machine alone."""
    require_livekit()
    with private_data_dir() as data_dir:
        server = PrivateLiveKit(data_dir, webhook_url)
        try:
            yield server
        finally:
            server.stop()
