"""The OpenAPI document: what FastAPI finds out, and what it cannot know."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from contracts.http import Problem
from gateway.api.middleware.response_headers import RESPONSE_HEADERS
from gateway.api.openapi.examples import EXAMPLES

_SCHEMAS: Final = "#/components/schemas/"
_ANYWHERE: Final = {
    400: "The request cannot be understood.",
    401: "No key, or none in force.",
    403: "The key lacks the scope, or the request comes from another page.",
    408: "The request did not arrive in time, or its upload came too slowly.",
    413: "The request is larger than its route allows.",
    422: "The request has another shape; `detail` names the field.",
    429: "Too many requests a minute, or event streams, uploads or rooms at a time; see "
    "`Retry-After`.",
    500: "A fault of ours.",
    503: "Something outside does not answer; the same request may succeed later.",
}
_NOT_FOUND: Final = (404, "No such thing in this tenant; another tenant's is the same.")
_MAY_CONFLICT: Final = ("/messages", "/recording", "/v1/rooms")
_CONFLICT: Final = (409, "The session is closed, has a recording, or the key was used.")
_BUDGET_CONFLICT: Final = (409, "Another budget has been set since, or the id was used.")
_UNSUPPORTED: Final = (415, "The file is neither a video nor a sound file.")
_NAME_A_ROOM: Final = (
    "/v1/rooms",
    "/v1/meet/door",
    "/v1/meet/join",
    "/v1/meet/token",
    "/v1/meet/events",
    "/v1/meet/costs",
)
_HEADERS: Final[dict[str, Any]] = {
    "X-Request-Id": {"schema": {"type": "string"}, "description": "The client's, or a new one."},
    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds; with 429."},
    "RateLimit-Limit": {"schema": {"type": "integer"}, "description": "Requests a minute."},
    "RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "Left of them."},
    "RateLimit-Reset": {"schema": {"type": "integer"}, "description": "Seconds until all are."},
}
assert _HEADERS.keys() == set(RESPONSE_HEADERS)


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Made once: problems as application/problem+json, headers, and an example for each body."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        schemas = document["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = Problem.model_json_schema()
        document["components"]["headers"] = _HEADERS
        for path, operation in _operations(document):
            _add_problems(path, operation)
            _add_headers(operation)
            _add_examples(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


def _add_problems(path: str, operation: dict[str, Any]) -> None:
    statuses = dict(_ANYWHERE)
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    corrects = path.endswith("/adjustments") and "requestBody" in operation
    if "{" in path or "session" in names or path in _NAME_A_ROOM or corrects:
        statuses |= [_NOT_FOUND]
    if corrects or (path.endswith(_MAY_CONFLICT) and "requestBody" in operation):
        statuses |= [_CONFLICT]
    if path in ("/v1/budget", "/v1/budget/credits") and "requestBody" in operation:
        statuses |= [_BUDGET_CONFLICT]
    if path.endswith("/recording"):
        statuses |= [_UNSUPPORTED]
    for status, description in sorted(statuses.items()):
        operation["responses"][str(status)] = {
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
        }


def _add_headers(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        names = [name for name in _HEADERS if name != "Retry-After" or status == "429"]
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _add_examples(operation: dict[str, Any]) -> None:
    bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
    for body in bodies:
        for content in body.get("content", {}).values():
            reference: str = content.get("schema", {}).get("$ref", "")
            name = reference.removeprefix(_SCHEMAS)
            if name in EXAMPLES:
                content["example"] = EXAMPLES[name]
