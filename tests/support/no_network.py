"""A guard under which opening a connection, or asking for a host's address, fails."""

import socket
from typing import NoReturn

import pytest


class NetworkTouchedError(AssertionError):
    """Something tried to reach the network."""


def forbid_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the test ends. Covers all Python code of this process, libraries included."""

    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise NetworkTouchedError

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
