"""The app of every service: health, readiness, metrics, and errors as problem+json."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPMethod, HTTPStatus
from typing import Final

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import UnavailableError
from runtime.telemetry import OTHER, metrics
from runtime.web.metrics_page import MetricsPage
from runtime.web.problems import answer_errors

Check = Callable[[], Awaitable[list[str]]]
"""Readiness: what is wrong, one short sentence each, without content; [] when all is well."""

CHECK_TIMEOUT_S: Final = 2.0
METHODS: Final = frozenset(HTTPMethod)


def make_app(title: str, checks: list[Check], notices: Sequence[Check] = ()) -> FastAPI:
    """An app with `/health/live`, `/health/ready`, `/metrics` and problem+json for every error.

    Args:
        title: of the app.
        checks: what is wrong with it makes it unready.
        notices: what readiness says beside that, such as of its neighbours; it stays ready.
    """
    # A redirect to the address with or without its last slash would name the request's own host.
    app = FastAPI(title=title, version="1", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(_Measured)
    answer_errors(app)
    metrics_page = MetricsPage(metrics)

    @app.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> JSONResponse:
        problems = await run_checks(checks)
        return JSONResponse(
            {
                "status": "unready" if problems else "ready",
                "problems": problems,
                "notices": await run_checks(notices),
            },
            status_code=HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK,
        )

    @app.get("/metrics", include_in_schema=False)
    async def metric_values() -> Response:
        return Response(await metrics_page.text(), media_type=CONTENT_TYPE_LATEST)

    return app


async def run_checks(checks: Sequence[Check]) -> list[str]:
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


class _Measured:
    """Counts answers by route and times them to their end.

    A label is the route's template and a method that HTTP knows, never what a caller made up.
    """

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
            method = scope["method"] if scope["method"] in METHODS else OTHER
            metrics.add("http_requests_total", route=route, method=method, status=str(status))
            took_s = time.perf_counter() - begun
            metrics.observe("http_request_seconds", took_s, route=route, method=method)
