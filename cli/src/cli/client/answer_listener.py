"""Waits for the answer to a question, first on the session's feed, then among its messages."""

import queue
import time
from typing import Final, Self
from uuid import UUID

from cli.client.event_thread import EventThread
from cli.client.events import Event
from cli.client.gateway import Gateway
from cli.command_line.errors import CliError, missing
from contracts.feed import FEED_ENTRY, Concluded
from contracts.http import Answer, Snapshot
from contracts.ids import TurnId

QUEUE_SIZE: Final = 10_000
COMMITTED_TIMEOUT_S: Final = 10.0
LOOK_EVERY_S: Final = 0.05


class AnswerListener:
    """Conclusions of one session, each with the moment (monotonic seconds) it arrived."""

    def __init__(self, gateway: Gateway, session_id: UUID) -> None:
        self._arrived: queue.Queue[tuple[TurnId, Concluded | None, float] | CliError] = queue.Queue(
            QUEUE_SIZE
        )
        self._thread = EventThread(
            gateway, session_id, on_event=self._on_event, on_lost=self._arrived.put
        )

    def __enter__(self) -> Self:
        self._thread.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.__exit__()

    def concluded(self, turn_id: TurnId, *, timeout_s: float) -> tuple[Concluded | None, float]:
        """The end of a turn; None when only a snapshot had it.

        Raises:
            CliError: 4 when it did not end in time, or the gateway was lost.
        """
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                found = self._arrived.get(timeout=left_s)
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

    def _on_event(self, event: Event, at: float) -> None:
        if event.name == "snapshot":
            for one in Snapshot.model_validate_json(event.data).questions:
                if one.state != "pending":
                    self._arrived.put((one.turn_id, None, at))
            return
        entry = FEED_ENTRY.validate_json(event.data)
        if isinstance(entry, Concluded):
            self._arrived.put((entry.turn_id, entry, at))


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
