"""A small receiver of webhooks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response

from runtime.web import HttpServer


@dataclass
class Receiver:
    """A small receiver of webhooks.

    Attributes:
        port: where it listens, on 127.0.0.1.
        answers: its next statuses; 204 when there are no more.
        got: headers and body of each request.
    """

    port: int = 0
    answers: list[int] = field(default_factory=list[int])
    got: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list[tuple[dict[str, str], bytes]]
    )


@asynccontextmanager
async def a_receiver() -> AsyncGenerator[Receiver]:
    receiver, app = Receiver(), FastAPI()

    @app.post("/hook")
    async def hook(request: Request) -> Response:
        receiver.got.append((dict(request.headers), await request.body()))
        status = receiver.answers.pop(0) if receiver.answers else 204
        return Response(status_code=status, headers={"Location": "/elsewhere"})

    @app.post("/elsewhere")
    async def elsewhere() -> None:
        raise AssertionError("a redirect was followed")

    @app.post("/silent")
    async def silent() -> None:
        await asyncio.Event().wait()

    assert [hook, elsewhere, silent]
    server = HttpServer(app, "127.0.0.1", 0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        receiver.port = server.port
        try:
            yield receiver
        finally:
            server.stop()
