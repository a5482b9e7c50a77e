"""A session's server-sent events: one connection, and following over many."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast
from uuid import UUID

import httpx
from httpx_sse import EventSource, SSEError, connect_sse

from cli.client.problems import refused, unreachable
from cli.command_line.errors import missing

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 60.0
"""The gateway sends a comment every few seconds; longer silence is a lost connection."""
BACKLOG_TIMEOUT_S: Final = 1.0
"""A stream that brings nothing for so long has brought all there is."""
RECONNECT_TIMEOUT_S: Final = 30.0
RECONNECT_EVERY_S: Final = 0.5


@dataclass(frozen=True)
class Event:
    """One server-sent event. `name` is the feed entry's kind, or `snapshot`; `data` is JSON."""

    id: str
    name: str
    data: str


class IdleTimeout:
    """How long a stream may bring nothing, though the gateway itself answers.

    Args:
        timeout_s: from the beginning, or the last `reset`.
    """

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._since_s = time.monotonic()

    def reset(self) -> None:
        """Something came."""
        self._since_s = time.monotonic()

    @property
    def is_over(self) -> bool:
        return time.monotonic() - self._since_s > self.timeout_s

    def check(self) -> None:
        """Raise CliError, exit 4, when it is over."""
        if self.is_over:
            raise missing(
                "nothing_happens",
                f"Nothing has happened for {self.timeout_s:.0f} s, though the gateway answers.",
                "What does the work there may be gone: `parley facts` shows what waits, for whom.",
            )


@dataclass(frozen=True)
class _ObservedResponse:
    """A response that calls `on_data` for each piece of its body, comments too."""

    response: httpx.Response
    on_data: Callable[[], None]

    @property
    def headers(self) -> httpx.Headers:
        return self.response.headers

    def iter_text(self) -> Iterator[str]:
        for text in self.response.iter_text():
            self.on_data()
            yield text


def follow(
    client: httpx.Client,
    url: str,
    session_id: UUID,
    *,
    after: str | None,
    idle_timeout: IdleTimeout | None,
) -> Iterator[Event]:
    """See `Gateway.events`; `url` is what the error names."""
    last, lost_at = after, None
    on_data = idle_timeout.check if idle_timeout is not None else _ignore
    while True:
        try:
            for event in _connection(client, session_id, last, READ_TIMEOUT_S, on_data):
                lost_at = None
                last = event.id or last
                yield event
        except (httpx.TransportError, SSEError):
            pass
        lost_at = lost_at or time.monotonic()
        if time.monotonic() - lost_at > RECONNECT_TIMEOUT_S:
            raise unreachable(url)
        time.sleep(RECONNECT_EVERY_S)


def backlog(client: httpx.Client, session_id: UUID, *, after: str | None) -> Iterator[Event]:
    """See `Gateway.backlog`."""
    try:
        yield from _connection(client, session_id, after, BACKLOG_TIMEOUT_S, _ignore)
    except (httpx.TransportError, SSEError):
        return


def _connection(
    client: httpx.Client,
    session_id: UUID,
    after: str | None,
    read_timeout_s: float,
    on_data: Callable[[], None],
) -> Iterator[Event]:
    headers = {} if after is None else {"Last-Event-ID": after}
    url = f"/v1/sessions/{session_id}/events"
    timeout = httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S)
    with connect_sse(client, "GET", url, headers=headers, timeout=timeout) as source:
        status = source.response.status_code
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            return
        if status != HTTPStatus.OK:
            source.response.read()
            raise refused(source.response)
        # EventSource uses of a response just what _ObservedResponse has.
        observed = cast("httpx.Response", _ObservedResponse(source.response, on_data))
        for event in EventSource(observed).iter_sse():
            if event.data:  # else it only said how soon to connect again
                yield Event(event.id, event.event, event.data)


def _ignore() -> None:
    """Nobody watches the data."""
