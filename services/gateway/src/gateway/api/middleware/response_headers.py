"""What every answer has beside its body: the request's id, and what the minute has left."""

import re
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.ids import new_id
from runtime.rates import Allowance

RESPONSE_HEADERS: Final = (
    "X-Request-Id",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
)
TOO_MANY: Final = 429
BUSY_WAIT_S: Final = 5
"""When streams or slots are full nobody knows until when; this spreads the tries."""
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class ResponseHeaders:
    """`X-Request-Id` (the client's own, where it is one) in the answer and in every log line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("x-request-id", "")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else str(new_id())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                allowance = scope.get("state", {}).get("allowance")
                if isinstance(allowance, Allowance):
                    _add_allowance(headers, allowance)
                if message["status"] == TOO_MANY:
                    wait_s = allowance.wait_s if isinstance(allowance, Allowance) else 0
                    headers["Retry-After"] = str(wait_s or BUSY_WAIT_S)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_headers)


def _add_allowance(headers: MutableHeaders, allowance: Allowance) -> None:
    headers["RateLimit-Limit"] = str(allowance.limit)
    headers["RateLimit-Remaining"] = str(allowance.left)
    headers["RateLimit-Reset"] = str(allowance.reset_s)
