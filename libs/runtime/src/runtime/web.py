"""HTTP for every service: health, metrics, one place for errors, and the server itself."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import RejectedError, ServiceError, UnavailableError
from runtime.telemetry import metrics
from runtime.web_connection import (
    LISTENS_TIMEOUT_S,
    REQUEST_TIMEOUT_S,
    ConnectionConfig,
    drop_who_does_not_listen,
)

log = logging.getLogger(__name__)

Check = Callable[[], Awaitable[list[str]]]
"""Readiness: what is wrong, one short sentence each, without content; [] when all is well."""

STATUS: Final[dict[str, HTTPStatus]] = {
    "bad_request": HTTPStatus.BAD_REQUEST,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "consent_required": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "busy": HTTPStatus.TOO_MANY_REQUESTS,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
}
"""Public error codes with a status of their own; any other rejection is 400."""

CHECK_TIMEOUT_S: Final = 2.0
OWN_CHECK: Final = "Value error, "
"""What pydantic puts before a sentence of ours."""
KEEP_ALIVE_S: Final = 30
BACKLOG: Final = 2_048


def problem(status: int, code: str, detail: str) -> JSONResponse:
    """RFC 9457 problem details; `code` is stable, `detail` is for people."""
    return JSONResponse(
        {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        | {"code": code, "detail": detail},
        status_code=status,
        media_type="application/problem+json",
    )


def make_app(title: str, checks: list[Check]) -> FastAPI:
    """An app with `/health/live`, `/health/ready`, `/metrics` and problem+json for every error."""
    app = FastAPI(title=title, version="1", docs_url=None, redoc_url=None)
    app.add_middleware(_Measured)
    _add_errors(app)

    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> JSONResponse:
        problems = await run_checks(checks)
        return JSONResponse(
            {"status": "unready" if problems else "ready", "problems": problems},
            status_code=HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK,
        )

    @app.get("/metrics", include_in_schema=False)
    async def metric_values() -> Response:
        return Response(generate_latest(metrics), media_type=CONTENT_TYPE_LATEST)

    return app


async def run_checks(checks: list[Check]) -> list[str]:
    """All problems of all checks; a check that hangs or raises is a problem itself."""
    problems: list[str] = []
    for check in checks:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                problems += await check()
        except TimeoutError:
            problems.append("a readiness check did not answer in time")
        except UnavailableError as error:
            problems.append(str(error))
    return problems


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(ServiceError)
    async def service_error(_request: Request, error: ServiceError) -> JSONResponse:
        if isinstance(error, RejectedError):
            return problem(STATUS.get(error.code, HTTPStatus.BAD_REQUEST), error.code, str(error))
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, error.code, str(error))

    @app.exception_handler(RequestValidationError)
    async def wrong_shape(_request: Request, error: RequestValidationError) -> JSONResponse:
        where = "; ".join(
            f"{'.'.join(str(part) for part in row['loc'])}: {row['msg'].removeprefix(OWN_CHECK)}"
            for row in error.errors()
        )
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_body", where)

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).name.lower()
        return problem(error.status_code, code, str(error.detail))

    @app.exception_handler(Exception)
    async def bug(_request: Request, error: Exception) -> JSONResponse:
        log.error("http.bug", extra={"error_type": type(error).__name__})
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side."
        )


class _Measured:
    """Counts answers by route (its template, so labels stay few), and times them to their end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            method = scope["method"]
            metrics.add("http_requests_total", route=route, method=method, status=str(status))
            took_s = time.perf_counter() - begun
            metrics.observe("http_request_seconds", took_s, route=route, method=method)


class HttpServer:
    """Serves an app inside the service's own loop; signals stay with the service.

    Args:
        app: what answers.
        host: where to listen.
        port: 0 picks a free one.
        port_file: gets the port's number.
        request_timeout_s: a request's headers are there by then, or the connection is closed.
        listens_timeout_s: a client that takes nothing for so long is cut off (Linux).
    """

    def __init__(
        self,
        app: FastAPI,
        host: str,
        port: int,
        port_file: Path | None = None,
        *,
        request_timeout_s: float = REQUEST_TIMEOUT_S,
        listens_timeout_s: float = LISTENS_TIMEOUT_S,
    ) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        if port_file is not None:
            port_file.write_text(str(self.port))
        drop_who_does_not_listen(self._socket, listens_timeout_s)
        config = ConnectionConfig(
            app,
            request_timeout_s=request_timeout_s,
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
