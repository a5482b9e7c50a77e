"""Event streams of the front door, read one event at a time."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

GUESTS: Final = "/v1/meet/events"


def events_of(session_id: str) -> str:
    return f"/v1/sessions/{session_id}/events"


class Told:
    """What comes over one event stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str | None, str, Any]:
        """The next event: id, name, data; comments and bare `retry` fields are passed over."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            if line == "" and "data" in fields:
                return fields.get("id"), fields.get("event", ""), json.loads(fields["data"])
            name, _, value = line.partition(": ")
            fields[name] = value
        raise AssertionError("the stream ended")

    async def comment(self) -> str:
        async for line in self._lines:
            if line.startswith(":"):
                return line[2:]
        raise AssertionError("the stream ended")


@asynccontextmanager
async def followed(
    client: httpx.AsyncClient, url: str = GUESTS, after: str | None = None
) -> AsyncGenerator[Told]:
    """An open event stream; a guest's own where no other is named."""
    headers = {} if after is None else {"Last-Event-ID": after}
    async with client.stream("GET", url, headers=headers, timeout=10) as response:
        yield Told(response)
