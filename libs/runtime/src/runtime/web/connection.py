"""One HTTP connection: who says nothing, says it slowly, or does not listen, is let go."""

import asyncio
import socket
from typing import Any, Final, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_TIMEOUT_S: Final = 10.0
"""From a connection's first byte, or its beginning, until a request's headers are there."""
LISTENS_TIMEOUT_S: Final = 60.0
"""So long a client may take nothing of what it is sent."""


class ConnectionConfig(uvicorn.Config):
    """uvicorn's, and how long a request's headers may take."""

    def __init__(self, app: Any, *, request_timeout_s: float, **options: Any) -> None:
        super().__init__(app, http=PatientConnection, **options)
        self.request_timeout_s = request_timeout_s


class PatientConnection(H11Protocol):
    """uvicorn's own minds how long a connection is silent after an answer, and nothing else."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._mind()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._mind()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _mind(self) -> None:
        """The deadline runs while bytes are no request: none yet, or the rest of one refused."""
        # Typed as always there; it is None before the first request.
        cycle = cast("Any", self.cycle)
        if cycle is not None and not cycle.response_complete:
            self._forget()
        elif self._deadline is None:
            timeout_s = cast("ConnectionConfig", self.config).request_timeout_s
            self._deadline = self.loop.call_later(timeout_s, self.transport.abort)

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def drop_who_does_not_listen(
    listening: socket.socket, timeout_s: float = LISTENS_TIMEOUT_S
) -> None:
    """Let the system end connections that take no data for so long, where it can (Linux)."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        listening.setsockopt(socket.IPPROTO_TCP, option, int(timeout_s * 1000))
