"""Who sends slowly does not hold a connection for ever."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.web import problem

TIMED_OUT = 408


class TimeLimit:
    """Answers 408 itself when the answer has not begun in time; one that has begun goes on.

    Args:
        app: behind it.
        timeout_s: for a whole request; where it carries a file, for each piece of the body.
        carries_file: by path.
    """

    def __init__(
        self, app: ASGIApp, *, timeout_s: float, carries_file: Callable[[str], bool]
    ) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._carries_file = carries_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        by_piece = self._carries_file(scope["path"])
        begun, limit = False, asyncio.timeout(None if by_piece else self._timeout_s)

        async def receive_in_time() -> Message:
            if begun:
                return await receive()
            limit.reschedule(asyncio.get_running_loop().time() + self._timeout_s)
            message = await receive()
            limit.reschedule(None)
            return message

        async def send_noted(message: Message) -> None:
            nonlocal begun
            begun = True
            limit.reschedule(None)
            await send(message)

        try:
            async with limit:
                await self._app(scope, receive_in_time if by_piece else receive, send_noted)
        except TimeoutError:
            if begun or not limit.expired():
                raise
            detail = "The request was not there in time; send it faster, or again."
            await problem(TIMED_OUT, "timeout", detail)(scope, receive, send)
