"""No request is larger than its route allows, whether it says so beforehand or not."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.web import problem

TOO_LARGE = 413


class BodyLimit:
    """Answers 413 itself: behind it FastAPI would make 400 of an error while a body is read."""

    def __init__(self, app: ASGIApp, *, limit_of: Callable[[str], int]) -> None:
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        if _content_length(scope) > limit:
            await _refuse(limit, scope, receive, send)
            return
        seen_bytes, refused, begun = 0, False, False

        async def receive_counted() -> Message:
            nonlocal seen_bytes, refused
            message = await receive()
            seen_bytes += len(message.get("body", b""))
            if seen_bytes <= limit or refused:
                return message
            if not begun:
                refused = True
                await _refuse(limit, scope, receive, send)
            # Whoever reads on sees a client that has gone, and stops.
            return {"type": "http.disconnect"}

        async def send_unless_refused(message: Message) -> None:
            nonlocal begun
            if refused:
                return
            begun = True
            await send(message)

        await self._app(scope, receive_counted, send_unless_refused)


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    limit_text = f"{limit // 10**6} MB" if limit >= 10**6 else f"{limit} bytes"
    detail = f"The request is larger than {limit_text}."
    await problem(TOO_LARGE, "too_large", detail)(scope, receive, send)
