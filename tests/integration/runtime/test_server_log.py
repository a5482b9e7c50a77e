"""What callers send reaches no log line of the server, also where a route fails by it."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from runtime.web import HttpServer, make_app
from support.real_log import real_log

SECRET = "our-margin-is-4711-percent"


class Body(BaseModel):
    number: int


def failing_app() -> FastAPI:
    """Routes that fail by what they were sent, each in another way."""
    app = make_app("test", [])

    @app.post("/quoting")
    async def quoting(request: Request) -> None:
        raise ValueError(f"cannot use {await request.body()!r} of {request.url}")

    @app.post("/parsing")
    async def parsing(request: Request) -> None:
        Body.model_validate({"number": (await request.body()).decode()})

    @app.post("/together")
    async def together(request: Request) -> None:
        async def fail() -> None:
            raise KeyError(await request.body())

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())

    @app.post("/begun")
    async def begun(request: Request) -> StreamingResponse:
        body = (await request.body()).decode()

        async def text() -> AsyncIterator[str]:
            yield "begun"
            raise RuntimeError(body)

        return StreamingResponse(text())

    @app.post("/shaped")
    async def shaped(body: Body) -> int:
        return body.number

    assert [quoting, parsing, together, begun, shaped]
    return app


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/quoting", "in quoting"),
        ("/parsing", "in parsing"),
        ("/together", "in fail"),
        ("/begun", "in text"),
        ("/shaped", None),
        ("/no", None),
    ],
)
async def test_the_servers_own_log_holds_nothing_that_was_sent(
    path: str, place: str | None
) -> None:
    server = HttpServer(failing_app(), "127.0.0.1", 0)
    headers = {"X-Note": SECRET, "Cookie": f"a={SECRET}", "User-Agent": SECRET, "Referer": SECRET}
    with real_log() as written:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.run())
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
                for method in ("POST", f"X{SECRET}", "GET"):
                    try:
                        await client.request(
                            method, path, headers=headers, params={"q": SECRET}, content=SECRET
                        )
                    except httpx.RemoteProtocolError:
                        assert path == "/begun"
            server.stop()
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert SECRET not in written.getvalue()
    told = "".join(line.get("exception", "") for line in lines)
    assert (place in told) if place else not told


async def test_what_is_no_http_at_all_is_not_quoted() -> None:
    server = HttpServer(failing_app(), "127.0.0.1", 0)
    with real_log() as written:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.run())
            for sent in (f"{SECRET}\r\n\r\n", f"GET / HTTP/1.1\r\n{SECRET}\r\n\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(sent.encode())
                assert (await reader.read()).startswith(b"HTTP/1.1 400")
                writer.close()
            server.stop()
    assert "Invalid HTTP request" in written.getvalue()
    assert SECRET not in written.getvalue()
