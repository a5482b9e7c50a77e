"""All routes, on the app that runtime made."""

from typing import Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from gateway.api.deps import ApiDeps, Limits
from gateway.api.middleware.body_limit import BodyLimit
from gateway.api.middleware.response_headers import RESPONSE_HEADERS, ResponseHeaders
from gateway.api.middleware.security_headers import SecurityHeaders
from gateway.api.middleware.time_limit import TimeLimit
from gateway.api.openapi.document import openapi_document
from gateway.api.routes import (
    activity,
    events,
    feedback,
    knowledge,
    meeting,
    page,
    questions,
    recordings,
    rooms,
    sessions,
    tenants,
    usage,
)
from gateway.api.sse.open_streams import OpenStreams
from gateway.api.sse.revocations import RevocationChecker

JSON_BYTES: Final = 256 * 1024
ROUTES: Final = (
    sessions,
    questions,
    recordings,
    events,
    feedback,
    knowledge,
    usage,
    activity,
    tenants,
    rooms,
    meeting,
    page,
)


def mount_routes(app: FastAPI, deps: ApiDeps) -> None:
    """Add the gateway's own routes beside health and metrics."""
    app.title = "Parley"
    app.description = "Hears a meeting, sees its screen, answers from the tenant's documents."
    app.state.deps = deps
    app.state.streams = OpenStreams(deps.limits.streams, deps.limits.tenant_streams)
    app.state.revocations = RevocationChecker(deps.callers, deps.limits.recheck_key_s)
    _add_middleware(app, deps.limits)
    page.mount_page(app)
    for routes in ROUTES:
        app.include_router(routes.router)
    app.openapi = lambda: openapi_document(app)


def _add_middleware(app: FastAPI, limits: Limits) -> None:
    """The one that is added last sees a request first."""

    def limit_of(path: str) -> int:
        if path.endswith("/recording"):
            return limits.recording_bytes
        return limits.upload_bytes if path == "/v1/knowledge" else JSON_BYTES

    def carries_file(path: str) -> bool:
        return path.endswith("/recording") or path == "/v1/knowledge"

    app.add_middleware(BodyLimit, limit_of=limit_of)
    app.add_middleware(TimeLimit, timeout_s=limits.answer_within_s, carries_file=carries_file)
    app.add_middleware(SecurityHeaders)
    if limits.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=limits.cors_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
            expose_headers=RESPONSE_HEADERS,
        )
    app.add_middleware(ResponseHeaders)
