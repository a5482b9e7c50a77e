"""A session's events in the background, for a command that waits for one with a time limit."""

from __future__ import annotations

import queue
import threading
import time
from types import TracebackType
from typing import Final
from uuid import UUID

from cli.client.gateway import Event, Gateway
from cli.command_line.errors import CliError, missing
from contracts.feed import FEED_ENTRY, Concluded
from contracts.http import Answer, Snapshot
from contracts.ids import TurnId

QUEUE_SIZE: Final = 10_000
COMMITTED_TIMEOUT_S: Final = 10.0
LOOK_EVERY_S: Final = 0.05


class Following:
    """Conclusions of one session, each with the moment (monotonic seconds) it arrived.

    The thread is a daemon: a connection that is silent cannot be interrupted, and must not keep
    the command alive.
    """

    def __init__(self, gateway: Gateway, session_id: UUID) -> None:
        self._gateway = gateway
        self._session_id = session_id
        self._found: queue.Queue[tuple[TurnId, Concluded | None, float] | CliError] = queue.Queue(
            QUEUE_SIZE
        )
        self._stopped = threading.Event()

    def __enter__(self) -> Following:
        threading.Thread(target=self._run, name="events", daemon=True).start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stopped.set()

    def concluded(self, turn_id: TurnId, *, timeout_s: float) -> tuple[Concluded | None, float]:
        """The end of a turn; None when only a snapshot told of it.

        Raises:
            CliError: 4 when it did not end in time, or the gateway was lost.
        """
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                found = self._found.get(timeout=left_s)
            except queue.Empty:
                break
            if isinstance(found, CliError):
                raise found
            if found[0] == turn_id:
                return found[1], found[2]
        raise missing(
            "no_answer",
            f"The question was taken, but not answered within {timeout_s:.0f} s.",
            "`parley facts` shows which service it waits for.",
        )

    def _run(self) -> None:
        try:
            for event in self._gateway.events(self._session_id):
                self._take(event, time.monotonic())
                if self._stopped.is_set():
                    return
        except CliError as error:
            self._found.put(error)
        except RuntimeError:  # the client was closed under us: the command is over
            if not self._stopped.is_set():
                raise

    def _take(self, event: Event, at: float) -> None:
        if event.name == "snapshot":
            for one in Snapshot.model_validate_json(event.data).questions:
                if one.state != "pending":
                    self._found.put((one.turn_id, None, at))
            return
        entry = FEED_ENTRY.validate_json(event.data)
        if isinstance(entry, Concluded):
            self._found.put((entry.turn_id, entry, at))


def committed_answer(gateway: Gateway, session_id: UUID, turn_id: TurnId) -> Answer:
    """The question with what became of it, once the gateway has it from the committed fact.

    Raises:
        CliError: 4 when it did not come in time.
    """
    deadline = time.monotonic() + COMMITTED_TIMEOUT_S
    while True:
        for one in gateway.messages(session_id).messages:
            if one.turn_id == turn_id and one.state != "pending":
                return one
        if time.monotonic() > deadline:
            raise missing(
                "not_committed",
                "The question was answered, but the gateway does not have the answer yet.",
                "`parley facts` shows what waits.",
            )
        time.sleep(LOOK_EVERY_S)
