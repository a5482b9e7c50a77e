"""All routes, on the app that runtime made."""

from typing import Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from gateway.api.deps import ApiDeps, Limits
from gateway.api.middleware.body_limit import BodyLimit
from gateway.api.middleware.response_headers import RESPONSE_HEADERS, ResponseHeaders
from gateway.api.middleware.security_headers import SecurityHeaders
from gateway.api.middleware.time_limit import TimeLimit
from gateway.api.middleware.upload_pace import UploadPace
from gateway.api.openapi.document import openapi_document
from gateway.api.routes import (
    activity,
    budgets,
    events,
    feedback,
    knowledge,
    meeting,
    models,
    outbound_webhook,
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
from gateway.api.tenant_slots import TenantSlots
from gateway.api.uploads import BUSY, keep_files_on_disk

JSON_BYTES: Final = 256 * 1024
OPEN_BYTES: Final = 16 * 1024
"""Of a body that holds what lets its sender in: an invitation, a code, a key."""
OPEN_PATHS: Final = ("/v1/meet/", "/v1/page/")
ROUTES: Final = (
    sessions,
    questions,
    recordings,
    events,
    feedback,
    knowledge,
    usage,
    budgets,
    outbound_webhook,
    activity,
    models,
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
    app.state.uploads = TenantSlots(
        deps.limits.uploads.at_once, deps.limits.uploads.tenant_at_once, BUSY
    )
    keep_files_on_disk()
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
        if path == "/v1/knowledge":
            return limits.upload_bytes
        return OPEN_BYTES if path.startswith(OPEN_PATHS) else JSON_BYTES

    def carries_file(path: str) -> bool:
        return path.endswith("/recording") or path == "/v1/knowledge"

    pace = UploadPace(
        window_s=limits.answer_within_s,
        least_bytes_per_s=limits.uploads.least_bytes_per_s,
        timeout_s=limits.uploads.timeout_s,
    )
    app.add_middleware(BodyLimit, limit_of=limit_of)
    app.add_middleware(
        TimeLimit, timeout_s=limits.answer_within_s, pace=pace, carries_file=carries_file
    )
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
