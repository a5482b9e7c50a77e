"""Clients that connect and then do not behave, over real sockets."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from runtime.web import HttpServer
from support.eventually import eventually

REQUEST = b"GET /hello HTTP/1.1\r\nHost: here\r\n\r\n"


@asynccontextmanager
async def served(
    app: FastAPI, *, header_timeout_s: float = 5, send_timeout_s: float = 30
) -> AsyncGenerator[int]:
    """The app on a port of its own."""
    server = HttpServer(
        app,
        "127.0.0.1",
        0,
        header_timeout_s=header_timeout_s,
        send_timeout_s=send_timeout_s,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        yield server.port
        server.stop()


def greeting() -> FastAPI:
    app = FastAPI()

    @app.get("/hello")
    async def hello() -> str:
        return "hello"

    assert hello
    return app


async def left_of(reader: asyncio.StreamReader) -> bytes:
    """All that still comes until the server closes."""
    async with asyncio.timeout(8):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("sent", [b"", b"GET /hello HTTP/1.1\r\nHost: he"])
async def test_who_makes_no_whole_request_is_let_go(sent: bytes) -> None:
    async with served(greeting(), header_timeout_s=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        assert await left_of(reader) == b""
        writer.close()


async def test_who_begins_a_second_request_and_does_not_end_it_is_let_go() -> None:
    async with served(greeting(), header_timeout_s=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        assert (await reader.readuntil(b'"hello"')).startswith(b"HTTP/1.1 200")
        writer.write(REQUEST[:20])
        assert await left_of(reader) == b""
        writer.close()


async def test_who_is_silent_between_two_requests_is_not() -> None:
    async with served(greeting(), header_timeout_s=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(REQUEST)
            assert (await reader.readuntil(b'"hello"')).startswith(b"HTTP/1.1 200")
            with pytest.raises(TimeoutError):  # longer than a request may take
                async with asyncio.timeout(0.5):
                    await reader.read(1)
        writer.close()


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is Linux's")
async def test_who_does_not_listen_is_cut_off() -> None:
    ended = asyncio.Event()
    app = FastAPI()

    @app.get("/hello")
    async def flood() -> StreamingResponse:
        async def words() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"hello " * 10_000
                    await asyncio.sleep(0)  # as what really waits for something
            finally:
                ended.set()

        return StreamingResponse(words())

    assert flood
    async with served(app, send_timeout_s=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n")
        await eventually(ended.is_set, timeout_s=8)
        writer.transport.abort()
