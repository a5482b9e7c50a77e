"""Limits of one HTTP connection: slow headers, refused bodies, clients that do not read."""

import asyncio
import socket
from typing import Any, Final, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_TIMEOUT_S: Final = 10.0
"""From a connection's first byte, or its beginning, until a request's headers are there."""
REFUSED_BODY_BYTES: Final = 16_000_000
"""Of a body whose request is answered already: so much is thrown away, as many clients read the
answer when they have sent all; then the connection is closed."""
SEND_TIMEOUT_S: Final = 60.0
"""How long a client may take nothing of what it is sent."""


class ConnectionConfig(uvicorn.Config):
    """uvicorn's own, with a limit for a request's headers."""

    def __init__(self, app: Any, *, header_timeout_s: float, **options: Any) -> None:
        super().__init__(app, http=HeaderTimeoutProtocol, **options)
        self.header_timeout_s = header_timeout_s


class HeaderTimeoutProtocol(H11Protocol):
    """Closes a connection whose request headers do not come, or that sends on what was refused.

    uvicorn only limits keep-alive.
    """

    _deadline: asyncio.TimerHandle | None = None
    _refused_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        refused = self._is_answered_early()
        super().data_received(data)
        self._refused_bytes = self._refused_bytes + len(data) if refused else 0
        if self._refused_bytes > REFUSED_BODY_BYTES:
            self.transport.close()
        self._watch()

    def _is_answered_early(self) -> bool:
        """Whether what comes now is the rest of a body whose request is answered."""
        return self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """The deadline runs while bytes are no request: none yet, or the rest of one refused."""
        # Typed as always there; it is None before the first request.
        cycle = cast("Any", self.cycle)
        if cycle is not None and not cycle.response_complete:
            self._cancel_deadline()
        elif self._deadline is None:
            timeout_s = cast("ConnectionConfig", self.config).header_timeout_s
            self._deadline = self.loop.call_later(timeout_s, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def limit_unread_time(listening: socket.socket, timeout_s: float = SEND_TIMEOUT_S) -> None:
    """Let the system end connections that take no data for so long, where it can (Linux)."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        listening.setsockopt(socket.IPPROTO_TCP, option, int(timeout_s * 1000))
