"""The one place where errors become problem+json (RFC 9457)."""

import logging
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from contracts.errors import RejectedError, ServiceError

log = logging.getLogger(__name__)

STATUS: Final[dict[str, HTTPStatus]] = {
    "bad_request": HTTPStatus.BAD_REQUEST,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "consent_required": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "version_conflict": HTTPStatus.CONFLICT,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "busy": HTTPStatus.TOO_MANY_REQUESTS,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
}
"""Public error codes with a status of their own; any other rejection is 400."""

VALUE_ERROR: Final = "Value error, "
"""What pydantic puts before a sentence of ours."""


def problem(status: int, code: str, detail: str) -> JSONResponse:
    """RFC 9457 problem details; `code` is stable, `detail` is for people."""
    return JSONResponse(
        {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        | {"code": code, "detail": detail},
        status_code=status,
        media_type="application/problem+json",
    )


def answer_errors(app: FastAPI) -> None:
    """Every error that a route raises is answered as problem+json."""

    @app.exception_handler(ServiceError)
    async def service_error(_request: Request, error: ServiceError) -> JSONResponse:
        if isinstance(error, RejectedError):
            return problem(STATUS.get(error.code, HTTPStatus.BAD_REQUEST), error.code, str(error))
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, error.code, str(error))

    @app.exception_handler(RequestValidationError)
    async def wrong_shape(_request: Request, error: RequestValidationError) -> JSONResponse:
        where = "; ".join(
            f"{'.'.join(str(part) for part in row['loc'])}: {row['msg'].removeprefix(VALUE_ERROR)}"
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
