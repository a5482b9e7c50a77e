"""The gateway's API, typed: what every subcommand that talks to a cluster goes through.

with use_cluster(data_dir) as cluster, Gateway(cluster) as gateway:
    session = gateway.open_session("a chat")
    asked = gateway.ask(session.session_id, "What does the Team plan cost?", key="1")
    for event in gateway.events(session.session_id):
        ...
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Literal, Self, TypeVar
from uuid import UUID

import httpx
from pydantic import ValidationError

from cli.client.events import CONNECT_TIMEOUT_S, Event, IdleTimeout, backlog, follow
from cli.client.problems import not_a_gateway, refused, unreachable
from cli.cluster.connection import Cluster
from cli.cluster.page import page_address
from cli.command_line.errors import CliError
from contracts.budgets import BudgetBody, BudgetState
from contracts.fact import Model
from contracts.http import (
    Credit,
    CreditBody,
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
    UsageAdjustment,
    UsageReport,
)
from contracts.tenants import KeyCreated, Keys, Scope

ANSWER_TIMEOUT_S: Final = 30.0
UPLOAD_TIMEOUT_S: Final = 600.0

ModelT = TypeVar("ModelT", bound=Model)


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

    def __enter__(self) -> Self:
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

    def usage(self, query: Mapping[str, str | None]) -> UsageReport:
        """As the API's query; what is None is left out."""
        return self._call(UsageReport, "GET", "/v1/usage", params=_given(query))

    def usage_csv(self, query: Mapping[str, str | None], *, rows: bool) -> Iterator[str]:
        """The report's sums, or every row of the ledger, in parts as they come."""
        path = "/v1/usage/rows.csv" if rows else "/v1/usage.csv"
        with (
            self._reaching(),
            self._client.stream("GET", path, params=_given(query)) as response,
        ):
            if not response.is_success:
                response.read()
                raise refused(response)
            yield from response.iter_text()

    def adjust_usage(self, body: Mapping[str, str], *, key: str) -> UsageAdjustment:
        """Correct the ledger; the same key again is the same correction."""
        return self._call(
            UsageAdjustment,
            "POST",
            "/v1/usage/adjustments",
            json=dict(body),
            headers={"Idempotency-Key": key},
        )

    def budget(self) -> BudgetState:
        return self._call(BudgetState, "GET", "/v1/budget")

    def set_budget(self, body: BudgetBody) -> BudgetState:
        """Refused when another one has been set since `body.version`."""
        return self._call(BudgetState, "PUT", "/v1/budget", json=body.model_dump(mode="json"))

    def add_credit(self, body: CreditBody) -> Credit:
        """The same id again adds nothing."""
        return self._call(Credit, "POST", "/v1/budget/credits", json=body.model_dump(mode="json"))

    def make_key(self, scopes: Sequence[Scope]) -> KeyCreated:
        return self._call(KeyCreated, "POST", "/v1/keys", json={"scopes": list(scopes)})

    def keys(self) -> Keys:
        return self._call(Keys, "GET", "/v1/keys")

    def revoke_key(self, key_id: UUID) -> None:
        self._send("DELETE", f"/v1/keys/{key_id}")

    def events(
        self,
        session_id: UUID,
        *,
        after: str | None = None,
        idle_timeout: IdleTimeout | None = None,
    ) -> Iterator[Event]:
        """Events after `after` (None: from the beginning), then new ones, for ever.

        A lost connection is made again with the last id seen; after `RECONNECT_TIMEOUT_S` without
        one this raises exit 4, and so it does when nothing but comments came for longer than
        `idle_timeout` allows.
        """
        return follow(self._client, self._url, session_id, after=after, idle_timeout=idle_timeout)

    def backlog(self, session_id: UUID, *, after: str | None) -> Iterator[Event]:
        """Events after `after` until there are no more for a moment; what fails ends it as well."""
        return backlog(self._client, session_id, after=after)

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

    def _call(self, answer: type[ModelT], method: str, path: str, **request: Any) -> ModelT:
        response = self._send(method, path, **request)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise not_a_gateway(self._url) from error

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        with self._reaching():
            response = self._client.request(method, path, **request)
        if response.is_success:
            return response
        raise refused(response)

    @contextmanager
    def _reaching(self) -> Generator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise unreachable(self._url) from error


def _given(query: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in query.items() if value is not None}
