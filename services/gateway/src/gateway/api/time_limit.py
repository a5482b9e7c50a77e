"""Who sends slowly does not hold a connection for ever."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.web import problem

TIMED_OUT = 408


class TimeLimit:
    """Answers 408 itself when the answer has not begun in time; one that has begun goes on."""

    def __init__(self, app: ASGIApp, *, limit_of: Callable[[str], float | None]) -> None:
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, limit = False, asyncio.timeout(self._limit_of(scope["path"]))

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            limit.reschedule(None)
            await send(message)

        try:
            async with limit:
                await self._app(scope, receive, noting)
        except TimeoutError:
            if begun or not limit.expired():
                raise
            detail = "The request was not there in time; send it faster, or again."
            await problem(TIMED_OUT, "timeout", detail)(scope, receive, send)
