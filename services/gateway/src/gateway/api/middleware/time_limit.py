"""Who sends slowly does not hold a connection for ever."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.middleware.upload_pace import PacedUpload, UploadPace
from runtime.web import problem

TIMED_OUT = 408


class TimeLimit:
    """Answers 408 itself when the answer has not begun in time; one that has begun goes on.

    Args:
        app: behind it.
        timeout_s: for a whole request that carries no file.
        pace: for the body of one that does.
        carries_file: by path.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        timeout_s: float,
        pace: UploadPace,
        carries_file: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._pace = pace
        self._carries_file = carries_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        paced = self._carries_file(scope["path"])
        begun, limit = False, asyncio.timeout(None if paced else self._timeout_s)
        clock = asyncio.get_running_loop().time
        upload = PacedUpload(self._pace, clock())

        async def receive_in_time() -> Message:
            if begun:
                return await receive()
            asked_at_s = clock()
            limit.reschedule(upload.deadline_s(asked_at_s))
            message = await receive()
            limit.reschedule(None)
            upload.note(len(message.get("body", b"")), clock() - asked_at_s)
            return message

        async def send_noted(message: Message) -> None:
            nonlocal begun
            begun = True
            limit.reschedule(None)
            await send(message)

        try:
            async with limit:
                await self._app(scope, receive_in_time if paced else receive, send_noted)
        except TimeoutError:
            if begun or not limit.expired():
                raise
            detail = "The request was not there in time; send it faster, or again."
            await problem(TIMED_OUT, "timeout", detail)(scope, receive, send)
