"""The HTTP server inside the service's own loop."""

import socket
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from contracts.errors import UnavailableError
from runtime.web.connection import (
    HEADER_TIMEOUT_S,
    SEND_TIMEOUT_S,
    ConnectionConfig,
    limit_unread_time,
)

KEEP_ALIVE_S: Final = 30
BACKLOG: Final = 2_048


class HttpServer:
    """Serves an app inside the service's own loop; signals stay with the service.

    Args:
        app: what answers.
        host: where to listen.
        port: 0 picks a free one.
        port_file: gets the port's number.
        header_timeout_s: a request's headers are there by then, or the connection is closed.
        send_timeout_s: a client that takes nothing for so long is cut off (Linux).
    """

    def __init__(
        self,
        app: FastAPI,
        host: str,
        port: int,
        port_file: Path | None = None,
        *,
        header_timeout_s: float = HEADER_TIMEOUT_S,
        send_timeout_s: float = SEND_TIMEOUT_S,
    ) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        if port_file is not None:
            port_file.write_text(str(self.port))
        limit_unread_time(self._socket, send_timeout_s)
        config = ConnectionConfig(
            app,
            header_timeout_s=header_timeout_s,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=64 * 1024,
        )
        self._server = _Server(config)

    async def run(self) -> None:
        """Until `stop`; then open connections get a few seconds to end."""
        with closing(self._socket):
            await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        self._server.should_exit = True


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # At once: whoever reads the port comes in, and is answered as soon as we serve.
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise UnavailableError(
            f"port {port} on {host} cannot be used ({error.strerror}); choose another or 0",
            code="port_taken",
        ) from error
    return listening
