"""All routes, on the app that runtime made."""

from typing import Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from gateway.api import (
    activity,
    events,
    feedback,
    knowledge,
    meeting,
    page,
    rooms,
    sessions,
    speaking,
    tenancy,
    usage,
)
from gateway.api.access import Doors
from gateway.api.body_limit import BodyLimit
from gateway.api.browser import SafeHeaders
from gateway.api.describing import described
from gateway.api.open_streams import KeysInForce, OpenStreams
from gateway.api.telling import TOLD_HEADERS, Telling
from gateway.api.time_limit import TimeLimit

JSON_BYTES: Final = 256 * 1024
PARTS: Final = (
    sessions,
    speaking,
    events,
    feedback,
    knowledge,
    usage,
    activity,
    tenancy,
    rooms,
    meeting,
    page,
)


def mount_routes(app: FastAPI, doors: Doors) -> None:
    """Add the gateway's own routes beside health and metrics."""
    limits = doors.limits

    def limit_of(path: str) -> int:
        if path.endswith("/recording"):
            return limits.recording_bytes
        return limits.upload_bytes if path == "/v1/knowledge" else JSON_BYTES

    def carries_file(path: str) -> bool:
        return path.endswith("/recording") or path == "/v1/knowledge"

    app.title = "Parley"
    app.description = "Hears a meeting, sees its screen, answers from the tenant's documents."
    app.state.doors = doors
    app.state.streams = OpenStreams(limits.streams, limits.tenant_streams)
    app.state.keys_in_force = KeysInForce(doors.callers, limits.recheck_key_s)
    app.add_middleware(BodyLimit, limit_of=limit_of)
    app.add_middleware(TimeLimit, timeout_s=limits.answer_within_s, carries_file=carries_file)
    app.add_middleware(SafeHeaders)
    if limits.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=limits.cors_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
            expose_headers=TOLD_HEADERS,
        )
    app.add_middleware(Telling)
    page.mount_page(app)
    for part in PARTS:
        app.include_router(part.router)
    app.openapi = lambda: described(app)
