"""`parley ask` and follow-ups, against a front door that keeps sessions and answers at once."""

import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cli.command_line.errors import Exit
from cli.command_line.settings import cli_settings
from cli.main import run
from contracts.conversation import RefusedReason
from contracts.http import Answer, MessageAccepted, Messages, SessionState, Snapshot
from contracts.ids import SessionId, TurnId
from runtime.ids import new_id
from support.gateway.meetings import NOON


@dataclass
class Sessions:
    """What is asked in which session, for every key."""

    asked: dict[UUID, list[Answer]] = field(default_factory=dict[UUID, list[Answer]])
    keys: dict[UUID, str] = field(default_factory=dict[UUID, str])
    closed: set[UUID] = field(default_factory=set[UUID])
    refuses: RefusedReason | None = None

    def open(self, key: str) -> SessionState:
        state = session_state(new_id())
        self.asked[state.session_id] = []
        self.keys[state.session_id] = key
        return state

    def ask(self, session_id: UUID, text: str) -> MessageAccepted:
        answer = Answer(
            turn_id=TurnId(new_id()),
            asked_at_ms=0,
            channel="chat",
            speaker="chat",
            text=text,
            answer="Twenty dollars.",
            state="refused" if self.refuses else "answered",
            refused=self.refuses,
        )
        self.asked[session_id].append(answer)
        return MessageAccepted(
            session_id=SessionId(session_id), turn_id=answer.turn_id, events_url="/events"
        )


def session_state(session_id: UUID) -> SessionState:
    return SessionState(
        session_id=SessionId(session_id), title="parley ask", state="open", opened_at=NOON
    )


class FrontDoor(BaseHTTPRequestHandler):
    """The routes that `parley ask` calls; a session is seen with the key that opened it only."""

    sessions: Sessions

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/sessions":
            self._reply(201, self.sessions.open(self._key).model_dump_json())
        elif (session_id := self._session_id()) is not None:
            self._reply(202, self.sessions.ask(session_id, body["text"]).model_dump_json())

    def do_GET(self) -> None:
        if (session_id := self._session_id()) is None:
            return
        answers = tuple(self.sessions.asked[session_id])
        if self.path.endswith("/messages"):
            self._reply(200, Messages(messages=answers).model_dump_json())
            return
        state = session_state(session_id)
        snapshot = Snapshot(session=state, transcript=(), frames=(), questions=answers)
        event = f"id: 1-0\nevent: snapshot\ndata: {snapshot.model_dump_json()}\n\n"
        self._reply(200, event, "text/event-stream")

    @property
    def _key(self) -> str:
        return self.headers["Authorization"]

    def _session_id(self) -> UUID | None:
        session_id = UUID(self.path.split("/")[3])
        if self.sessions.keys.get(session_id) != self._key:
            self._problem(404, "not_found", "There is no such session.")
        elif self.command == "POST" and session_id in self.sessions.closed:
            self._problem(409, "conflict", "This session is closed; open a new one.")
        else:
            return session_id
        return None

    def _problem(self, status: int, code: str, detail: str) -> None:
        self._reply(status, json.dumps({"code": code, "detail": detail}))

    def _reply(self, status: int, body: str, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@dataclass(frozen=True)
class Printed:
    """What one run of the command left."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


@dataclass(frozen=True)
class Asking:
    """`parley ask` with a key, at the front door."""

    url: str
    data_dir: Path
    sessions: Sessions
    environment: pytest.MonkeyPatch
    printed: pytest.CaptureFixture[str]

    def run(self, *words: str, key: str = "pk_a") -> Printed:
        self.environment.setenv("PARLEY_URL", self.url)
        self.environment.setenv("PARLEY_API_KEY", key)
        cli_settings.cache_clear()
        exit_code = run(["ask", *words, "--data-dir", str(self.data_dir)])
        out, err = self.printed.readouterr()
        return Printed(exit_code, str(out), str(err))

    def json(self, *words: str, key: str = "pk_a") -> dict[str, Any]:
        return self.run(*words, "--json", key=key).json

    def texts(self, session_id: str) -> list[str]:
        return [one.text for one in self.sessions.asked[UUID(session_id)]]


@contextmanager
def serving(sessions: Sessions) -> Generator[str]:
    handler = type("OwnFrontDoor", (FrontDoor,), {"sessions": sessions})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Generator[Asking]:
    sessions = Sessions()
    with serving(sessions) as url:
        yield Asking(url, tmp_path / "data", sessions, monkeypatch, capsys)
    cli_settings.cache_clear()


def test_a_follow_up_is_asked_in_the_session_of_the_question_before(asking: Asking) -> None:
    first = asking.json("What does Team cost?")
    assert first["answer"]["answer"] == "Twenty dollars."
    second = asking.json("And for a year?", "--continue")
    assert second["session_id"] == first["session_id"]
    assert asking.texts(first["session_id"]) == ["What does Team cost?", "And for a year?"]


def test_without_continue_a_question_has_a_session_of_its_own(asking: Asking) -> None:
    first, second = asking.json("One?"), asking.json("Two?")
    assert first["session_id"] != second["session_id"]
    assert asking.json("More?", "--continue")["session_id"] == second["session_id"]
    assert (
        asking.json("Back?", "--session", first["session_id"])["session_id"]
        == (first["session_id"])
    )
    assert asking.json("Still?", "--continue")["session_id"] == first["session_id"]


def test_the_printed_text_names_the_session_in_one_line(asking: Asking) -> None:
    printed = asking.run("What does Team cost?").out
    [session_id] = map(str, asking.sessions.asked)
    lines = printed.splitlines()
    assert lines[0] == "Twenty dollars."
    assert [line.strip() for line in lines if re.search(r"\bsession\b", line)] == [
        f"session {session_id}"
    ]


def test_each_key_goes_on_with_its_own(asking: Asking) -> None:
    ours, theirs = asking.json("Ours?", key="pk_a"), asking.json("Theirs?", key="pk_b")
    assert asking.json("Us?", "--continue", key="pk_a")["session_id"] == ours["session_id"]
    assert asking.json("They?", "--continue", key="pk_b")["session_id"] == theirs["session_id"]


def test_a_refused_question_can_be_followed_up_as_well(asking: Asking) -> None:
    asking.sessions.refuses = "budget"
    done = asking.run("One?", "--json")
    assert done.exit_code == Exit.NOT_GOOD
    asking.sessions.refuses = None
    followed = asking.json("Two?", "--continue")
    assert followed["session_id"] == done.json["session_id"]


@pytest.mark.parametrize("how", ["closed", "gone"])
def test_a_last_session_that_is_over_is_bad_input_that_says_what_to_do(
    asking: Asking, how: str
) -> None:
    first = UUID(asking.json("One?")["session_id"])
    if how == "closed":
        asking.sessions.closed.add(first)
    else:
        del asking.sessions.keys[first]
    done = asking.run("Two?", "--continue", "--json")
    error = done.json["error"]
    assert (done.exit_code, error["code"]) == (Exit.BAD_INPUT, "session_over")
    assert str(first) in error["message"]
    assert "without --continue" in error["hint"]
    assert len(asking.sessions.asked) == 1, "no session is opened for it"


def test_nothing_to_go_on_with_is_bad_input(asking: Asking) -> None:
    done = asking.run("And for a year?", "--continue")
    assert done.exit_code == Exit.BAD_INPUT
    assert "without --continue" in done.err
    assert asking.sessions.asked == {}


def test_two_sessions_at_once_are_bad_input(asking: Asking) -> None:
    done = asking.run("One?", "--continue", "--session", str(new_id()), "--json")
    assert done.exit_code == Exit.BAD_INPUT
    assert done.json["error"]["code"] == "two_sessions"
