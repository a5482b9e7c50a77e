"""The gateway's API, typed: what every subcommand that talks to a cluster goes through.

with use_cluster(data_dir) as cluster, Gateway(cluster) as gateway:
    session = gateway.open_session("a chat")
    asked = gateway.ask(session.session_id, "What does the Team plan cost?", key="1")
    for event in gateway.events(session.session_id):
        ...
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeVar, cast
from uuid import UUID

import httpx
from httpx_sse import EventSource, SSEError, connect_sse
from pydantic import ValidationError

from cli.cluster.connection import Cluster
from cli.cluster.page import page_address
from cli.command_line.errors import CliError, Exit, missing
from contracts.fact import Model
from contracts.http import (
    Document,
    Documents,
    JoinTicket,
    MessageAccepted,
    Messages,
    PageCode,
    RecordingAccepted,
    RoomState,
    SearchResult,
    SessionState,
    SessionSummary,
    UsageBy,
    UsageReport,
)
from contracts.tenants import KeyCreated, Keys, Scope

ANSWER_TIMEOUT_S: Final = 30.0
CONNECT_TIMEOUT_S: Final = 5.0
UPLOAD_TIMEOUT_S: Final = 600.0
SILENCE_TIMEOUT_S: Final = 60.0
"""The gateway sends a comment every few seconds; longer silence is a lost connection."""
RECONNECT_FOR_S: Final = 30.0
QUIET_S: Final = 1.0
RECONNECT_EVERY_S: Final = 0.5

ModelT = TypeVar("ModelT", bound=Model)
CHUNK_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class Event:
    """One server-sent event. `name` is the feed entry's kind, or `snapshot`; `data` is JSON."""

    id: str
    name: str
    data: str


class Patience:
    """How long a stream may bring nothing, though the gateway itself answers.

    Args:
        quiet_s: from the beginning, or the last `again`.
    """

    def __init__(self, quiet_s: float) -> None:
        self.quiet_s = quiet_s
        self._since_s = time.monotonic()

    def again(self) -> None:
        """Something came."""
        self._since_s = time.monotonic()

    def check(self) -> None:
        """Raise CliError, exit 4, when it is over."""
        if time.monotonic() - self._since_s > self.quiet_s:
            raise missing(
                "nothing_happens",
                f"Nothing has happened for {self.quiet_s:.0f} s, though the gateway answers.",
                "What does the work there may be gone: `parley facts` shows what waits, for whom.",
            )


@dataclass(frozen=True)
class _Heard:
    """A response each piece of which is told of as it comes."""

    response: httpx.Response
    told: Callable[[], None]

    @property
    def headers(self) -> httpx.Headers:
        return self.response.headers

    def iter_text(self) -> Iterator[str]:
        for text in self.response.iter_text():
            self.told()
            yield text


def _pass() -> None:
    """Nothing to tell."""


class Gateway:
    """One cluster's front door, on behalf of one key.

    Every method raises CliError: 4 when the gateway cannot be reached or is unready, 1 when it
    refuses, with the sentence it gave.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._url = cluster.url
        self._client = httpx.Client(
            base_url=cluster.url,
            headers=cluster.headers,
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        )

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def open_session(self, title: str) -> SessionState:
        return self._call(SessionState, "POST", "/v1/sessions", json={"title": title})

    def session(self, session_id: UUID) -> SessionState:
        return self._call(SessionState, "GET", f"/v1/sessions/{session_id}")

    def close_session(self, session_id: UUID) -> None:
        self._send("DELETE", f"/v1/sessions/{session_id}")

    def ask(
        self, session_id: UUID, text: str, *, key: str, speaker: str = "chat"
    ) -> MessageAccepted:
        """Ask in writing; the same key again is the same question."""
        return self._call(
            MessageAccepted,
            "POST",
            f"/v1/sessions/{session_id}/messages",
            json={"text": text, "speaker": speaker},
            headers={"Idempotency-Key": key},
        )

    def messages(self, session_id: UUID) -> Messages:
        return self._call(Messages, "GET", f"/v1/sessions/{session_id}/messages")

    def summary(self, session_id: UUID) -> SessionSummary:
        return self._call(SessionSummary, "GET", f"/v1/sessions/{session_id}/summary")

    def open_room(self, title: str) -> RoomState:
        """A live meeting with a session of its own."""
        return self._call(RoomState, "POST", "/v1/rooms", json={"title": title})

    def join_room(self, room: str, name: str) -> JoinTicket:
        """Let a person in, under any name; they have agreed to be heard."""
        body = {"name": name, "consent": True}
        return self._call(JoinTicket, "POST", f"/v1/rooms/{room}/token", json=body)

    def delete_room(self, room: str) -> None:
        """End it for everybody who is in it."""
        self._send("DELETE", f"/v1/rooms/{room}")

    def upload_recording(
        self, session_id: UUID, file: IO[bytes], name: str, *, speed: Literal["real", "max"]
    ) -> RecordingAccepted:
        """Streamed; what happens then comes as events."""
        return self._call(
            RecordingAccepted,
            "POST",
            f"/v1/sessions/{session_id}/recording",
            params={"speed": speed, "name": name},
            content=file,
            headers={"Content-Type": "application/octet-stream"},
            timeout=httpx.Timeout(UPLOAD_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        )

    def upload_documents(
        self, paths: Sequence[Path], names: Sequence[str] | None = None
    ) -> Documents:
        """In the order given; each is pending, unchanged or rejected. `names` as they are cited."""
        names = names or [path.name for path in paths]
        opened = [(name, path.open("rb")) for name, path in zip(names, paths, strict=True)]
        try:
            return self._call(
                Documents,
                "POST",
                "/v1/knowledge",
                files=[("files", part) for part in opened],
                timeout=httpx.Timeout(UPLOAD_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            )
        finally:
            for _, file in opened:
                file.close()

    def document(self, document_id: UUID) -> Document:
        return self._call(Document, "GET", f"/v1/knowledge/{document_id}")

    def search(self, text: str, limit: int) -> SearchResult:
        body = {"text": text, "limit": limit}
        return self._call(SearchResult, "POST", "/v1/search", json=body)

    def usage(
        self, *, by: UsageBy, since: str | None = None, session_id: UUID | None = None
    ) -> UsageReport:
        given = {"by": by, "since": since, "session": session_id and str(session_id)}
        params = {name: value for name, value in given.items() if value is not None}
        return self._call(UsageReport, "GET", "/v1/usage", params=params)

    def make_key(self, scopes: Sequence[Scope]) -> KeyCreated:
        return self._call(KeyCreated, "POST", "/v1/keys", json={"scopes": list(scopes)})

    def keys(self) -> Keys:
        return self._call(Keys, "GET", "/v1/keys")

    def revoke_key(self, key_id: UUID) -> None:
        self._send("DELETE", f"/v1/keys/{key_id}")

    def events(
        self, session_id: UUID, *, after: str | None = None, patience: Patience | None = None
    ) -> Iterator[Event]:
        """Events after `after` (None: from the beginning), then new ones, for ever.

        A lost connection is healed with the last id seen; after `RECONNECT_FOR_S` without one this
        raises exit 4, and so it does when nothing but comments came for longer than `patience`.
        """
        last, lost_at = after, None
        told = patience.check if patience is not None else _pass
        while True:
            try:
                for event in self._stream(session_id, last, told=told):
                    lost_at = None
                    last = event.id or last
                    yield event
            except (httpx.TransportError, SSEError):
                pass
            lost_at = lost_at or time.monotonic()
            if time.monotonic() - lost_at > RECONNECT_FOR_S:
                raise self._unreachable()
            time.sleep(RECONNECT_EVERY_S)

    def told_so_far(self, session_id: UUID, *, after: str | None) -> Iterator[Event]:
        """Events after `after` until there are no more for a moment; what fails ends it as well."""
        try:
            yield from self._stream(session_id, after, silence_s=QUIET_S)
        except (httpx.TransportError, SSEError):
            return

    def page_address(self) -> str | None:
        """The address that opens the page on behalf of this key; None where none can be had."""
        try:
            code = self._call(PageCode, "POST", "/v1/page/codes").code
        except CliError:  # not this machine's gateway: it lets nobody in by a code
            return None
        return page_address(self._url, code)

    def problems(self) -> list[str]:
        """What the gateway says is wrong with it; [] when it says nothing, or cannot be asked."""
        try:
            found: dict[str, Any] = self._client.get("/health/ready").json()
        except (httpx.TransportError, ValueError):
            return []
        return [str(problem) for problem in found.get("problems", [])]

    def _stream(
        self,
        session_id: UUID,
        after: str | None,
        *,
        silence_s: float = SILENCE_TIMEOUT_S,
        told: Callable[[], None] = _pass,
    ) -> Iterator[Event]:
        """`told` is called for whatever comes, comments too."""
        headers = {} if after is None else {"Last-Event-ID": after}
        url = f"/v1/sessions/{session_id}/events"
        timeout = httpx.Timeout(silence_s, connect=CONNECT_TIMEOUT_S)
        with connect_sse(self._client, "GET", url, headers=headers, timeout=timeout) as source:
            status = source.response.status_code
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                return
            if status != HTTPStatus.OK:
                source.response.read()
                raise _refused(source.response)
            # It takes of a response just what _Heard has of one.
            heard = cast("httpx.Response", _Heard(source.response, told))
            for event in EventSource(heard).iter_sse():
                if event.data:  # else it only said how soon to connect again
                    yield Event(event.id, event.event, event.data)

    def _call(self, answer: type[ModelT], method: str, path: str, **request: Any) -> ModelT:
        response = self._send(method, path, **request)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise missing(
                "not_a_gateway",
                f"What answers at {self._url} is no gateway of this version.",
                "Check PARLEY_URL or --target.",
            ) from error

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        with self._reaching():
            response = self._client.request(method, path, **request)
        if response.is_success:
            return response
        raise _refused(response)

    @contextmanager
    def _reaching(self) -> Generator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise self._unreachable() from error

    def _unreachable(self) -> CliError:
        return missing(
            "gateway_unreachable",
            f"The gateway at {self._url} does not answer.",
            "Start one with `parley up`, or check PARLEY_URL; `parley doctor` shows more.",
        )


def _refused(response: httpx.Response) -> CliError:
    """The gateway's problem+json as the command's error."""
    try:
        problem: Mapping[str, Any] = response.json()
    except ValueError:
        problem = {}
    code = str(problem.get("code", HTTPStatus(response.status_code).name.lower()))
    detail = str(problem.get("detail", f"The gateway answered {response.status_code}."))
    if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return missing(code, detail, "Check PARLEY_API_KEY.")
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return missing(code, detail, "`parley doctor` shows what is missing.")
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
        return CliError(Exit.BAD_INPUT, code, detail)
    return CliError(Exit.NOT_GOOD, code, detail)
