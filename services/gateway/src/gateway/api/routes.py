"""All routes, on the app that runtime made."""

from typing import Final

from fastapi import FastAPI

from contracts.http import Problem
from gateway.api import activity, events, knowledge, page, sessions, speaking, usage
from gateway.api.access import Doors
from gateway.api.body_limit import BodyLimit
from gateway.api.browser import SafeHeaders

JSON_BYTES: Final = 256 * 1024
_PROBLEMS: Final = {
    status: {"model": Problem, "description": text}
    for status, text in {
        401: "No key, or none in force.",
        403: "The key lacks the scope.",
        404: "No such thing in this tenant.",
        422: "The request has another shape.",
        503: "Something outside does not answer.",
    }.items()
}


def mount_routes(app: FastAPI, doors: Doors) -> None:
    """Add the gateway's own routes beside health and metrics."""
    limits = doors.limits

    def limit_of(path: str) -> int:
        if path.endswith("/recording"):
            return limits.recording_bytes
        return limits.upload_bytes if path == "/v1/knowledge" else JSON_BYTES

    app.title = "Parley"
    app.description = "Hears a meeting, sees its screen, answers from the tenant's documents."
    app.state.doors = doors
    app.state.streams = events.OpenStreams(limits.streams, limits.tenant_streams)
    app.add_middleware(BodyLimit, limit_of=limit_of)
    app.add_middleware(SafeHeaders)
    page.mount_page(app)
    for part in (sessions, speaking, events, knowledge, usage, activity, page):
        app.include_router(part.router, responses=_PROBLEMS)  # pyright: ignore[reportArgumentType] -- int keys are what FastAPI documents
