"""A client that sends its request byte by byte, as it likes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and what was sent of the body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class RawConnection:
    """One TCP connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def begin(self, method: str, path: str, **headers: str) -> None:
        """Send the headers, and nothing of the body; `Content_Length` is `Content-Length`."""
        lines = [f"{method} {path} HTTP/1.1", "Host: here"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def answer(self, timeout_s: float = 8) -> Answer:
        """The next one, as far as it is there with its headers."""
        async with asyncio.timeout(timeout_s):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            status, *lines = head.split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines if line)
            size = int(headers.get("content-length", 0))
            return Answer(int(status.split()[1]), headers, await self.reader.readexactly(size))

    async def is_silent(self, for_s: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            async with asyncio.timeout(for_s):
                await self.reader.read(1)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def raw_connection(url: str) -> AsyncGenerator[RawConnection]:
    """Open for the length of the block; then it is cut off, whatever was on its way."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        yield RawConnection(reader, writer)
    finally:
        writer.transport.abort()
